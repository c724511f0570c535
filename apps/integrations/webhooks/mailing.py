"""Administrators hear by e-mail of a receiver that switched itself off."""

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from apps.integrations.webhooks.models import WebhookEndpoint
from apps.tenants.mailing import write_to_administrators


def tell_that_it_fell(endpoint: WebhookEndpoint) -> None:
    """In the transaction that switches it off, once."""
    page = reverse("admin:integrations_webhookendpoint_change", args=[endpoint.pk])
    with translation.override(endpoint.tenant.language):
        subject = _("Webhook endpoint «%(name)s» is switched off") % {"name": endpoint.name}
        text = _(
            "Organisation: %(tenant)s\n"
            "The webhook endpoint «%(name)s» has switched itself off: %(why)s.\n\n"
            "Results for it are kept. Mend the receiver, then switch the endpoint on again: there you are "
            "asked whether what was kept shall be sent.\n\n%(page)s"
        ) % {
            "tenant": endpoint.tenant.name,
            "name": endpoint.name,
            "why": endpoint.get_disabled_because_display(),
            "page": f"{settings.PUBLIC_URL}{page}",
        }
    write_to_administrators(tenant=endpoint.tenant, subject=subject, text=text)
