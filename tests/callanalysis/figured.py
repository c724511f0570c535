"""Calls with marks as a test wants them, made at once and without an AI."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from apps.callanalysis.figures.rolling import roll_up
from apps.callanalysis.judging import add_up
from apps.callanalysis.models import (
    Call,
    CallOutcome,
    Checklist,
    Mark,
    MarkStatus,
    Office,
    SalesManager,
    Scorecard,
    Transcript,
)
from apps.callanalysis.publishing import in_force
from apps.core.models import State
from apps.tenants.models import Tenant

# A Tuesday, 12:00 in Moscow.
NOON = datetime(2026, 11, 24, 9, tzinfo=UTC)
DAY = timedelta(days=1)
NUMBERS = count(1)
STATUSES = {1: MarkStatus.COMPLETED, -1: MarkStatus.FAILED}


def manager(tenant: Tenant, key: str, **fields: Any) -> SalesManager:
    found, _ = SalesManager.objects.update_or_create(tenant=tenant, external_id=key, defaults=fields)
    return found


def office(tenant: Tenant, key: str, *people: SalesManager, title: str = "") -> Office:
    made = Office.objects.create(tenant=tenant, external_id=key, title=title or key)
    made.managers.set(people)
    return made


def received(
    who: SalesManager, *, outcome: str = CallOutcome.ANALYSED, at: datetime = NOON, **fields: Any
) -> Call:
    return Call.objects.create(
        tenant_id=who.tenant_id,
        sales_manager=who,
        external_id=f"call_{next(NUMBERS)}",
        received_at=at,
        outcome=outcome,
        seconds=fields.pop("seconds", 100),
        **fields,
    )


def marked(call: Call, checklist: Checklist, scores: Mapping[str, int | None]) -> Scorecard:
    """`scores` by stage; None is «not proven»."""
    version = in_force(checklist)
    card = Scorecard.objects.create(
        tenant_id=call.tenant_id, call=call, checklist=checklist, version=version, state=State.DONE,
        finished_at=call.received_at + timedelta(minutes=3),
    )  # fmt: skip
    asked = {one["id"]: (place, one) for place, one in enumerate(version.items)}
    for stage, score in scores.items():
        place, one = asked[stage]
        Mark.objects.create(
            tenant_id=call.tenant_id, scorecard=card, position=place, stage_id=stage, stage_name=one["name"],
            criterion=one["criterion"], weight=one["weight"], is_critical=one["critical"],
            said=score, score=score, status=STATUSES.get(score or 0, MarkStatus.NOT_PROVEN),
        )  # fmt: skip
    add_up(card, list(card.marks.all()))
    return card


def spoken(call: Call, **figures: Any) -> Transcript:
    return Transcript.objects.create(tenant_id=call.tenant_id, call=call, figures=figures)


def add_up_days(tenant: Tenant) -> None:
    while roll_up(tenant.pk):
        pass
