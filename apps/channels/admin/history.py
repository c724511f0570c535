"""«History» on a channel's page: start it for a period, see how far it is, stop it, go on with it."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET, require_POST

from apps.channels.backfill import order_history, with_history
from apps.channels.halting import resume_history, stop_history
from apps.channels.histories import histories_of
from apps.channels.models import Channel
from apps.core.errors import OutsideError
from apps.integrations.registry import connector_name
from apps.tenants.scope import scope_of

USUALLY = timedelta(days=30)
ANCHOR = "#history-brought"


class PeriodForm(forms.Form):
    """Whole days by the organisation's clock, the last one included."""

    since = forms.DateField(label=pgettext_lazy("a period begins", "From"))
    until = forms.DateField(label=pgettext_lazy("a period ends", "To"), required=False)

    def clean_since(self) -> date:
        since: date = self.cleaned_data["since"]
        if since > timezone.localdate():
            raise forms.ValidationError(gettext_lazy("Nothing has been said yet at that time."))
        return since

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or self.cleaned_data
        since, until = values.get("since"), values.get("until")
        if since and until and until < since:
            self.add_error("until", gettext_lazy("The history must begin before it ends."))
        return values

    def period(self) -> tuple[datetime, datetime]:
        since, until = self.cleaned_data["since"], self.cleaned_data["until"]
        now = timezone.now()
        return _midnight(since), min(_midnight(until + timedelta(days=1)), now) if until else now


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


def context_of(channel: Channel, form: PeriodForm | None = None) -> dict[str, Any]:
    slug = channel.connection.connector
    today = timezone.localdate()
    if slug not in with_history():
        return {"channel": channel, "has_history": False, "service": connector_name(slug)}
    histories = histories_of(channel)
    return {
        "channel": channel,
        "has_history": True,
        "service": connector_name(slug),
        "last": histories[0] if histories else None,
        "earlier": histories[1:],
        "form": form or PeriodForm(),
        "usually": today - USUALLY,
        "today": today,
    }


@require_GET
def state(request: HttpRequest, channel: Channel) -> HttpResponse:
    """What changes by itself, for the page to put in the place of what it has."""
    return TemplateResponse(request, "channels/history_state.html", {"bringing": context_of(channel)})


@require_POST
def start(request: HttpRequest, channel: Channel) -> HttpResponse:
    form = PeriodForm(request.POST)
    if not form.is_valid():
        for errors in form.errors.values():
            messages.error(request, " ".join(str(error) for error in errors))
        return _back(channel)
    since, until = form.period()
    try:
        order_history(channel=channel, since=since, until=until, member=scope_of(request).member)
    except OutsideError as error:
        messages.error(request, str(error.public))
    return _back(channel)


@require_POST
def stop(request: HttpRequest, channel: Channel) -> HttpResponse:
    if not stop_history(channel=channel):
        messages.info(request, _("It has come to its end already."))
    return _back(channel)


@require_POST
def resume(request: HttpRequest, channel: Channel) -> HttpResponse:
    try:
        resume_history(channel=channel)
    except OutsideError as error:
        messages.error(request, str(error.public))
    return _back(channel)


def _back(channel: Channel) -> HttpResponse:
    return redirect(reverse("admin:channels_channel_change", args=[channel.pk]) + ANCHOR)
