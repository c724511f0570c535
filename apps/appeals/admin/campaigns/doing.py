"""What a person does with a campaign; what reaches clients or can't be undone is asked about first."""

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.appeals.campaigns import counting, pausing, starting, trying
from apps.appeals.models import Campaign, CampaignStatus, Conversation, SendOutcome
from apps.core.errors import Rejected
from apps.tenants.addresses import is_id
from apps.tenants.scope import scope_of
from apps.tenants.scoped_pages import page


def perform(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    act = ACTS.get(request.POST.get("act", ""))
    if act is None:
        raise Http404
    try:
        return act(request, campaign)
    except Rejected as error:
        messages.error(request, str(error.public))
        return redirect(campaign)


def _start(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    count = _number(request, "count")
    if "confirmed" not in request.POST:
        when = _("It begins at once.")
        if campaign.start_at is not None:
            when = _("It begins at the time that was set.")
        asked = _("The text goes to each of them, and what has gone out cannot be taken back.")
        title = ngettext("Send to %(n)d client?", "Send to %(n)d clients?", count) % {"n": count}
        button = ngettext("Send to %(n)d client", "Send to %(n)d clients", count) % {"n": count}
        return _ask(request, campaign, title=title, text=f"{asked} {when}", button=button, kept=("count",))
    starting.start(campaign=campaign, member=scope_of(request).member, expected=count)
    messages.success(request, _("The campaign is on its way. It can be paused and stopped here at any time."))
    return redirect(campaign)


def _count(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    if campaign.status == CampaignStatus.DRAFT:
        counting.seen_of(campaign, anew=True)
    return redirect(campaign)


def _pause(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    if not pausing.pause(campaign=campaign):
        raise Rejected(pausing.MOVED_ON, code="moved_on")
    messages.success(request, _("Paused. Nothing more goes out until you resume."))
    return redirect(campaign)


def _resume(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    pausing.resume(campaign=campaign)
    messages.success(request, _("The campaign goes on."))
    return redirect(campaign)


def _stop(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    if "confirmed" not in request.POST:
        text = _("Whoever has not got the message yet will not get it. A stopped campaign cannot be resumed.")
        return _ask(request, campaign, title=_("Stop the campaign?"), text=text, button=_("Stop for good"))
    pausing.stop(campaign=campaign)
    messages.success(request, _("Stopped. What had gone to the service already is with the clients."))
    return redirect(campaign)


def _retry(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    """The unclear ones are a choice of its own: they may get it twice."""
    outcome = request.POST.get("outcome")
    if outcome not in (SendOutcome.FAILED, SendOutcome.UNKNOWN):
        raise Http404
    if "confirmed" not in request.POST:
        text = _("The message is sent once more to those whom it did not reach.")
        if outcome == SendOutcome.UNKNOWN:
            text = _("Whether they have got it is unknown. Those who have will get it a second time.")
        return _ask(
            request, campaign, title=_("Send again?"), text=text, button=_("Send again"), kept=("outcome",)
        )
    count = pausing.retry(campaign=campaign, outcomes=[SendOutcome(outcome)])
    said = ngettext("%(n)d client waits for it again.", "%(n)d clients wait for it again.", count)
    messages.success(request, said % {"n": count})
    return redirect(campaign)


def _copy(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    made = starting.copy(campaign=campaign, member=scope_of(request).member)
    messages.success(request, _("This is a copy, not sent to anybody yet."))
    return redirect("admin:appeals_campaign_change", made.pk)


def _try_out(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    """In a conversation of the campaign's own organisation, whoever asks."""
    chats = Conversation.objects.filter(tenant=campaign.tenant_id).select_related("contact", "channel")
    chat = get_object_or_404(chats, pk=_number(request, "conversation"))
    if "confirmed" not in request.POST:
        text = _("One message goes to this conversation: %(chat)s.") % {"chat": chat}
        title, kept = _("Send a trial?"), ("conversation",)
        hidden = (("key", str(uuid.uuid4())),)
        return _ask(
            request, campaign, title=title, text=text, button=_("Send a trial"), kept=kept, hidden=hidden
        )
    try:
        key = uuid.UUID(request.POST.get("key", ""))
    except ValueError:
        raise Http404 from None
    trying.try_out(campaign=campaign, conversation=chat, key=key)
    messages.success(request, _("The trial is on its way to %(chat)s.") % {"chat": chat})
    return redirect(campaign)


def _number(request: HttpRequest, name: str) -> int:
    value = request.POST.get(name, "")
    if not is_id(value):
        raise Http404
    return int(value)


def _ask(
    request: HttpRequest,
    campaign: Campaign,
    *,
    title: str,
    text: str,
    button: str,
    kept: tuple[str, ...] = (),
    hidden: tuple[tuple[str, str], ...] = (),
) -> HttpResponse:
    again = [(name, request.POST.get(name, "")) for name in ("act", *kept)]
    return page(
        request,
        "tenants/confirm.html",
        title=title,
        text=text,
        hidden=[*again, *hidden, ("confirmed", "1")],
        button=button,
        back=campaign.get_absolute_url(),
    )


ACTS: dict[str, Callable[[HttpRequest, Any], HttpResponse]] = {
    "start": _start,
    "count": _count,
    "pause": _pause,
    "resume": _resume,
    "stop": _stop,
    "retry": _retry,
    "copy": _copy,
    "try": _try_out,
}
