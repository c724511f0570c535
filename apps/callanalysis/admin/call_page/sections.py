"""What stands on a call's page beside its words, section by section. Whoever has more to show of a call adds
a function to `page.SECTIONS`: it is told all that the page has read, and answers None where it has nothing.

In a section's template anything with `data-second="65.4"` plays the recording from there when pressed; its
context stands there as `section`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.appeals.accesses import saw_calls_phone
from apps.appeals.admitting import seen_by
from apps.appeals.models import Conversation
from apps.appeals.phone_owners import owner_of
from apps.callanalysis.admin.call_page.figures import figures_in_words, no_figures
from apps.callanalysis.models import AnalysisSettings, Call, CallPart, Transcript
from apps.callanalysis.seeing import seen_calls
from apps.tenants.models import Role
from apps.tenants.scope import Scope

# Between the recording and its words, or in the column beside them (below them on a phone).
MAIN, SIDE = "main", "side"
OTHERS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Of whom and to whom."""

    scope: Scope
    call: Call
    parts: Sequence[CallPart]
    transcript: Transcript | None
    settings: AnalysisSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """`key` is its anchor in the address."""

    key: str
    title: str | Promise
    template: str
    context: dict[str, Any] = field(default_factory=dict)
    place: str = SIDE


def figures(shown: Shown) -> Section | None:
    if shown.transcript is None or not shown.transcript.segments:
        return None
    found = figures_in_words(shown.transcript.figures, seconds=shown.call.seconds or 0)
    context = {"figures": found, "lacking": no_figures(shown.transcript.figures)}
    return Section(
        key="figures",
        title=_("The conversation in figures"),
        template="callanalysis/figures.html",
        context=context,
    )


def course(shown: Shown) -> Section:
    heard = sum(part.is_settled for part in shown.parts)
    context = {"call": shown.call, "parts": shown.parts, "heard": heard, "transcript": shown.transcript}
    return Section(key="course", title=_("How it went"), template="callanalysis/course.html", context=context)


def deal(shown: Shown) -> Section | None:
    call = shown.call
    if not call.deal_id:
        return None
    others = (
        seen_calls(shown.scope)
        .filter(tenant=call.tenant_id, deal_id=call.deal_id)
        .exclude(pk=call.pk)
        .select_related("sales_manager")
        .order_by("-received_at")[: OTHERS + 1]
    )
    found = list(others)
    context = {
        "call": call,
        "address": shown.settings.deal_address(call.deal_id),
        "may_set": shown.scope.may(Role.ADMIN),
        "others": found[:OTHERS],
        "is_more": len(found) > OTHERS,
    }
    return Section(key="deal", title=_("Deal"), template="callanalysis/deal.html", context=context)


def facts(shown: Shown) -> Section:
    offices = shown.call.sales_manager.offices.order_by("title")
    context = {"call": shown.call, "offices": offices, "phones": shown.scope.phones, **_client(shown)}
    return Section(key="facts", title=_("The call"), template="callanalysis/facts.html", context=context)


def _client(shown: Shown) -> dict[str, Any]:
    """Whose number it is, where it is one client's alone; the way to where they wrote last."""
    call, reader = shown.call, shown.scope.member
    if not call.client_phone:
        return {}
    saw_calls_phone(shown.scope, tenant_id=call.tenant_id, call_id=call.pk, name=call.external_id)
    client = owner_of(call.client_phone, tenant_id=call.tenant_id, reader=reader)
    chats = client.conversations.filter(seen_by(reader)) if client else Conversation.objects.none()
    return {
        "client": client,
        "chat": chats.order_by("-last_message_at").values_list("pk", flat=True).first(),
    }
