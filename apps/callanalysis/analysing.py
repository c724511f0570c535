"""What follows once the words of a call are there: all checklists and tables that apply, each by itself."""

from collections.abc import Iterable
from typing import Any

from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from apps.appeals.people import touch
from apps.callanalysis.models import (
    Call,
    CallOutcome,
    Checklist,
    ChecklistVersion,
    Judgement,
    Scorecard,
    Table,
    TableRow,
    TableVersion,
    Transcript,
)
from apps.callanalysis.moving import end, restate
from apps.callanalysis.wording import why_not_judged
from apps.core.models import State

NOT_JUDGED = _("«%(name)s» could not be applied: %(reason)s")


def begin(transcript: Transcript) -> None:
    """In the transaction that completes the transcript, once. Where nothing is asked of it, that is all."""
    call = transcript.call
    checklists = _in_force(ChecklistVersion, "checklist", Checklist, call)
    tables = _in_force(TableVersion, "table", Table, call)
    if not checklists and not tables:
        end(call, CallOutcome.ANALYSED)
        return
    Scorecard.objects.bulk_create(
        Scorecard(tenant_id=call.tenant_id, call=call, checklist_id=one.checklist_id, version=one)
        for one in checklists
    )
    TableRow.objects.bulk_create(
        TableRow(tenant_id=call.tenant_id, call=call, table_id=one.table_id, version=one) for one in tables
    )


def _in_force(versions: Any, owner: str, owners: Any, call: Call) -> list[Any]:
    """The newest published version of each that applies to the call."""
    applying = owners.objects.applying_to(call).order_by().values("pk")
    published = versions.objects.filter(**{f"{owner}__in": applying}).exclude(published_at=None)
    return list(published.order_by(f"{owner}_id", "-number").distinct(f"{owner}_id"))


def settled(judgement: Judgement) -> None:
    """In the transaction that settles it. Of two at once the second waits for the call, and sees both."""
    if judgement.appeal is not None:  # its page shows what was found
        touch(judgement.appeal.conversation_id)
    if judgement.call_id is None:  # an appeal has ended already
        return
    call = Call.objects.select_for_update(of=("self",)).select_related("tenant").get(pk=judgement.call_id)
    all_of_it = judgements_of(call)
    if not all(one.is_settled for one in all_of_it):
        return
    failed = [one for one in all_of_it if one.state != State.DONE]
    with translation.override(call.tenant.language):
        reason = " ".join(_reasons(failed))
    if call.outcome == CallOutcome.ANALYSED:
        restate(call, reason)
    elif len(failed) == len(all_of_it):
        end(call, CallOutcome.FAILED, reason)
    else:
        end(call, CallOutcome.ANALYSED, reason)


def judgements_of(call: Call) -> list[Judgement]:
    return [
        *call.scorecards.select_related("checklist__webhook", "version").order_by("checklist__name", "pk"),
        *call.tablerows.select_related("table__webhook", "version").order_by("table__name", "pk"),
    ]


def _reasons(failed: Iterable[Judgement]) -> list[str]:
    return [str(NOT_JUDGED) % {"name": name_of(one), "reason": why_not_judged(one)} for one in failed]


def name_of(judgement: Judgement) -> str:
    owner: Any = judgement.checklist if isinstance(judgement, Scorecard) else judgement.table  # type: ignore[attr-defined]
    return str(owner.name)


def do_over(judgements: Any, *, version: Any, backfill: Any, is_anew: bool = False) -> int:
    """Rows that are settled are due again, under another version. Those that run meanwhile are left alone.

    `is_anew`: what was answered in the same words is asked again, too; where people have judged, they hold.
    """
    settled_ones = judgements.filter(state__in=[State.DONE, State.FAILED])
    return int(
        settled_ones.update(
            version=version,
            backfill=backfill,
            is_anew=is_anew,
            state=State.QUEUED,
            due_at=timezone.now(),
            begun_at=timezone.now(),
            failures=0,
            rung_at=None,
            error_code="",
            error_text="",
        )
    )
