"""Working together on an appeal: who has it, who looks at it, when it comes back."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.appeals import attending, handing_over, jotting, snoozing
from apps.appeals.desk.actions import done, refused
from apps.appeals.desk.doors import at_desk, number, on_conversation, visible, words
from apps.appeals.models import Appeal, Conversation
from apps.appeals.statuses import choices_from, refusal_reasons
from apps.core.errors import Rejected
from apps.tenants.models import Member
from apps.tenants.scope import Scope


def context(found: Conversation, appeal: Appeal | None, member: Member | None) -> dict[str, Any]:
    """What the page shows of it, beside the conversation itself."""
    others = Member.objects.filter(tenant=found.tenant_id).order_by()
    if member is not None:
        others = others.exclude(pk=member.pk)
    return {
        "statuses": choices_from(appeal.status) if appeal else [],
        "refusal_reasons": refusal_reasons(found.tenant),
        "colleagues": sorted(set(others.values_list("name", flat=True))),
        "snooze_presets": snoozing.presets(found.tenant),
    }


@on_conversation
def leave(request: HttpRequest, scope: Scope, conversation: Conversation) -> HttpResponse:
    """The page was closed: colleagues need not wait until that is plain."""
    attending.leave(conversation=conversation, member=scope.member)
    return done()


@at_desk
def team(request: HttpRequest, scope: Scope, pk: int, row: int) -> HttpResponse:
    """To whom an appeal may be handed. The page asks once somebody wants to: everybody's load is counted."""
    appeal = get_object_or_404(Appeal, pk=row, conversation=get_object_or_404(visible(scope), pk=pk))
    others = [_told(one) for one in handing_over.team(appeal.tenant) if one.pk != appeal.operator_id]
    context = {"appeal": appeal, "member": scope.member, "team": others}
    return render(request, "desk/team.html", context)


def _told(one: Any) -> Any:
    """Once for each of perhaps fifty: in a template's own words it costs three times as much."""
    one.load_told = ngettext("%(n)s open appeal", "%(n)s open appeals", one.load) % {"n": one.load}
    return one


def note_looked(request: HttpRequest, found: Conversation, scope: Scope) -> None:
    """What was new to this member is before their eyes: not on a page of the past."""
    if scope.member is not None and not {"before", "at"} & request.GET.keys():
        handing_over.looked(conversation=found, member=scope.member)
        jotting.looked(conversation=found, member=scope.member)


@on_conversation
def hand_over(request: HttpRequest, scope: Scope, conversation: Conversation, row: int) -> HttpResponse:
    appeal = get_object_or_404(Appeal, pk=row, conversation=conversation)
    wanted = request.POST.get("to", "")
    team = Member.objects.filter(tenant=conversation.tenant_id)
    to = team.filter(pk=number(wanted) or 0).first()
    if to is None and wanted != "nobody":
        return refused(_("Choose to whom."))
    try:
        handing_over.hand_over(
            appeal=appeal,
            to=to,
            reason=words(request, "reason", limit=300),
            member=scope.member,
            instead_of=number(request.POST.get("instead_of", "")),
        )
    except Rejected as error:
        return refused(error.public, code=error.code)
    return done()


@on_conversation
def snooze(request: HttpRequest, scope: Scope, conversation: Conversation) -> HttpResponse:
    try:
        until = snoozing.moment(
            conversation.tenant,
            preset=request.POST.get("preset", ""),
            typed="" if request.POST.get("preset") else request.POST.get("until", ""),
        )
        why = words(request, "why", limit=200)
        snoozing.snooze(conversation=conversation, until=until, why=why, member=scope.member)
    except Rejected as error:
        return refused(error.public, code=error.code)
    return done()


@on_conversation
def fetch_back(request: HttpRequest, scope: Scope, conversation: Conversation) -> HttpResponse:
    snoozing.fetch_back(conversation=conversation, member=scope.member)
    return done()
