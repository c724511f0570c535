"""What is done with one endpoint: each asks first, and says what follows."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.debug import sensitive_variables
from unfold.widgets import UnfoldBooleanSwitchWidget

from apps.core.secrets import Undecryptable
from apps.integrations.webhooks import wording
from apps.integrations.webhooks.endpoints import kept_for, rotate_secret, switch_off, switch_on
from apps.integrations.webhooks.models import WebhookEndpoint
from apps.integrations.webhooks.trying import try_out
from apps.tenants.scoped_admin import page

CONFIRM = "tenants/confirm.html"


class SwitchOnForm(forms.Form):
    send_kept = forms.BooleanField(
        label=gettext_lazy("Send what was kept meanwhile"),
        required=False,
        initial=True,
        widget=UnfoldBooleanSwitchWidget,
    )


def test(request: HttpRequest, endpoint: WebhookEndpoint) -> HttpResponse:
    """A request leaves only by POST; what came of it is on the answer itself."""
    context: dict[str, Any] = {"endpoint": endpoint}
    if request.method == "POST":
        try:
            tried = try_out(endpoint)
        except Undecryptable:
            messages.error(request, wording.UNREADABLE)
            return redirect(address_of(endpoint))
        came = wording.described(tried.answered.status, tried.answered.error_code)
        context |= {"tried": tried, "came": came}
    title = _("Test of “%(name)s”") % {"name": endpoint.name}
    return page(request, "webhooks/test.html", title=title, **context)


@sensitive_variables()
def rotate(request: HttpRequest, endpoint: WebhookEndpoint) -> HttpResponse:
    if request.method == "POST":
        return show_secret(request, endpoint, rotate_secret(endpoint=endpoint), is_new=False)
    return page(
        request,
        CONFIRM,
        title=_("A new secret for “%(name)s”?") % {"name": endpoint.name},
        text=_(
            "It is shown once. For 24 hours every request is signed by the old and by the new one: put the "
            "new one into the receiver within that time."
        ),
        button=_("Make a new secret"),
        back=address_of(endpoint),
    )


@sensitive_variables()
def show_secret(request: HttpRequest, endpoint: WebhookEndpoint, value: str, *, is_new: bool) -> HttpResponse:
    """The answer to the form itself: the value is put into no session, message or address."""
    answer = page(
        request,
        "webhooks/secret.html",
        title=_("Secret of “%(name)s”") % {"name": endpoint.name},
        endpoint=endpoint,
        value=value,
        is_new=is_new,
    )
    add_never_cache_headers(answer)
    return answer


def turn_off(request: HttpRequest, endpoint: WebhookEndpoint) -> HttpResponse:
    if request.method == "POST":
        switch_off(endpoint=endpoint)
        messages.success(request, _("It is switched off. What it should get is kept."))
        return redirect(address_of(endpoint))
    return page(
        request,
        CONFIRM,
        title=_("Switch off “%(name)s”?") % {"name": endpoint.name},
        text=_(
            "Nothing is sent there any more. What it should get from now on is kept for 90 days and can be "
            "sent once it is on again."
        ),
        button=_("Switch off"),
        back=address_of(endpoint),
    )


def turn_on(request: HttpRequest, endpoint: WebhookEndpoint) -> HttpResponse:
    kept = kept_for(endpoint).count()
    form = SwitchOnForm(request.POST) if request.method == "POST" else SwitchOnForm()
    if request.method == "POST" and form.is_valid():
        sent = switch_on(endpoint=endpoint, send_kept=form.cleaned_data["send_kept"])
        messages.success(request, _("It is switched on."))
        if sent:
            said = ngettext("%(n)d delivery is on its way.", "%(n)d deliveries are on their way.", sent)
            messages.success(request, said % {"n": sent})
        return redirect(address_of(endpoint))
    said = ngettext("%(n)d delivery is kept for it.", "%(n)d deliveries are kept for it.", kept)
    return page(
        request,
        CONFIRM,
        title=_("Switch on “%(name)s”?") % {"name": endpoint.name},
        text=said % {"n": kept} if kept else "",
        form=form if kept else None,
        hidden=[] if kept else [("send_kept", "")],
        button=_("Switch on"),
        back=address_of(endpoint),
    )


def address_of(endpoint: WebhookEndpoint) -> str:
    return reverse("admin:integrations_webhookendpoint_change", args=[endpoint.pk])
