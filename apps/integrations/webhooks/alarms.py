"""Receivers that switched themselves off, by what they answered or by answering nothing."""

from collections.abc import Iterator

from django.db.models import Count
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from apps.core.alarms import Alarm
from apps.core.models import State
from apps.integrations.webhooks.endpoints import SWITCHED_OFF
from apps.integrations.webhooks.models import Disabled, WebhookDelivery, WebhookEndpoint

BY_ITSELF = (Disabled.GONE, Disabled.FAILING)
ADVICE = _("Mend the receiver and switch the endpoint on again, or leave it off for good.")


def webhook_alarms(tenant_id: int | None) -> Iterator[Alarm]:
    rows = WebhookEndpoint.objects.filter(is_active=False, disabled_because__in=BY_ITSELF)
    if tenant_id is not None:
        rows = rows.filter(tenant_id=tenant_id)
    endpoints = list(rows.select_related("tenant").order_by("pk"))
    kept = _kept_for(endpoints)
    for endpoint in endpoints:
        page = reverse("admin:integrations_webhookendpoint_change", args=[endpoint.pk])
        yield Alarm(
            subject=f"{endpoint.tenant.slug}/{endpoint.key}",
            title=endpoint.name,
            text=_text(endpoint, kept.get(endpoint.pk, 0)),
            since=endpoint.disabled_at or timezone.now(),
            page=page,
            address=page,
            act=_("Open"),
            advice=ADVICE,
        )


def _kept_for(endpoints: list[WebhookEndpoint]) -> dict[int, int]:
    if not endpoints:
        return {}
    rows = WebhookDelivery.objects.filter(endpoint__in=endpoints, state=State.FAILED, error_code=SWITCHED_OFF)
    return dict(rows.order_by().values_list("endpoint").annotate(count=Count("pk")))


def _text(endpoint: WebhookEndpoint, kept: int) -> str:
    said = gettext("The webhook endpoint is switched off: %(why)s.") % {
        "why": endpoint.get_disabled_because_display()
    }
    if not kept:
        return said
    more = ngettext("%(n)d delivery is kept for it.", "%(n)d deliveries are kept for it.", kept)
    return f"{said} {more % {'n': kept}}"
