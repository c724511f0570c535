"""A draft tried on the last calls before it is published: who would move, and by how much."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Avg, Count, Q

from apps.callanalysis.backfilling import price_of
from apps.callanalysis.judging import Stage, ask_about, is_answered
from apps.callanalysis.models import (
    ChecklistVersion,
    Mark,
    SalesManager,
    Scorecard,
    Trial,
    TrialScore,
)
from apps.callanalysis.scoring import total
from apps.core.models import State
from apps.core.work import Effect

MOST_CALLS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A manager's average over the trial's calls, by what is in force and by the draft."""

    manager: SalesManager
    calls: int
    before: Decimal
    after: Decimal

    @property
    def difference(self) -> Decimal:
        return self.after - self.before


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Calls that the checklist has judged: only they have a «before». `asked`: how many cost anything."""

    scorecards: tuple[Scorecard, ...]
    asked: int
    usd: Decimal | None


def plan(*, version: ChecklistVersion, count: int) -> Plan:
    """Of the newest calls, and what it costs: rather more than it will be, None where no price is known."""
    scored = Scorecard.objects.filter(checklist=version.checklist_id, state=State.DONE, call__isnull=False)
    rows = scored.exclude(percentage=None).select_related("call").prefetch_related("marks")
    found = tuple(rows.order_by("-call__received_at", "-call_id")[: min(count, MOST_CALLS)])
    asked: list[int] = []
    most = 0
    for scorecard in found:
        lacking = lacking_of({mark.stage_id: mark for mark in scorecard.marks.all()}, version.items)
        if lacking:
            asked.append(int(scorecard.call_id or 0))
            most = max(most, len(lacking))
    usd = price_of(version.tenant, calls=asked, count=most) if asked else Decimal(0)
    return Plan(scorecards=found, asked=len(asked), usd=usd)


@transaction.atomic
def begin(*, version: ChecklistVersion, plan: Plan, user: User | None) -> Trial:
    trial = Trial.objects.create(
        tenant_id=version.tenant_id,
        version=version,
        items=version.items,
        estimated_usd=plan.usd,
        created_by=user,
    )
    TrialScore.objects.bulk_create(
        TrialScore(tenant_id=version.tenant_id, trial=trial, call=one.call, before=one.percentage)
        for one in plan.scorecards
    )
    return trial


def judge_again(score: TrialScore) -> Effect:
    """The work behind every call of a trial. What is asked as before is answered as before, a person's word
    included: only what the draft changes moves anybody, and is paid for.
    """
    stages: Sequence[Stage] = score.trial.items
    scorecard = Scorecard.objects.get(checklist=score.trial.version.checklist_id, call=score.call_id)
    known = {mark.stage_id: mark for mark in scorecard.marks.all()}
    lacking = lacking_of(known, stages)
    found = {mark.stage_id: mark for mark in ask_about(score.call, lacking)} if lacking else {}
    marks = [found.get(one["id"]) or known[one["id"]] for one in stages]
    for mark, stage in zip(marks, stages, strict=True):
        mark.weight, mark.is_critical = stage["weight"], stage["critical"]
    return partial(_keep, score, total(marks).percentage)


def lacking_of(known: dict[str, Mark], stages: Sequence[Stage]) -> list[Stage]:
    return [one for one in stages if not is_answered(known.get(one["id"]), one)]


def _keep(score: TrialScore, after: Decimal | None) -> None:
    score.after = after
    score.save(update_fields=["after"])


def moves(trial: Trial) -> list[Move]:
    """Those who move most first. Over calls that both could judge."""
    judged = trial.scores.filter(state=State.DONE).exclude(before=None).exclude(after=None)
    rows: Any = (
        judged.order_by()
        .values("call__sales_manager")
        .annotate(calls=Count("pk"), before_avg=Avg("before"), after_avg=Avg("after"))
    )
    people = SalesManager.objects.in_bulk([row["call__sales_manager"] for row in rows])
    found = [
        Move(
            manager=people[row["call__sales_manager"]],
            calls=row["calls"],
            before=round(row["before_avg"], 1),
            after=round(row["after_avg"], 1),
        )
        for row in rows
    ]
    return sorted(found, key=lambda one: (-abs(one.difference), str(one.manager)))


def progress(trial: Trial) -> dict[str, int]:
    """`judged` of `calls`, and how many `failed`, or could not be judged at all."""
    found: dict[str, int] = trial.scores.aggregate(
        calls=Count("pk"),
        done=Count("pk", filter=Q(state=State.DONE)),
        failed=Count("pk", filter=Q(state__in=[State.FAILED, State.UNKNOWN])),
        unjudged=Count("pk", filter=Q(state=State.DONE, after=None)),
    )
    return found
