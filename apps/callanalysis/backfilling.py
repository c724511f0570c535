"""Calls of the past analysed by what is asked now, with its price told before anybody pays it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet, Sum, TextField
from django.db.models.functions import Cast, Length

from apps.ai.asking import ready
from apps.ai.estimating import estimate
from apps.ai.judging import most_tokens
from apps.callanalysis.analysing import do_over
from apps.callanalysis.models import (
    Backfill,
    Call,
    CallOutcome,
    Checklist,
    Questionnaire,
    Scorecard,
    Table,
    TableRow,
)
from apps.callanalysis.publishing import in_force
from apps.core.models import State
from apps.tenants.models import Tenant

MOST_CALLS = 5_000
# Of the prompt beside the transcript: the rules and what is asked.
CHARACTERS_BESIDE, CHARACTERS_EACH = 3_500, 350


class NothingInForce(ValueError):
    """It has to be published first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """`usd` None where the price is not known. `is_cut`: there are more calls than are done at once."""

    calls: tuple[int, ...]
    usd: Decimal | None
    is_cut: bool = False


def plan(*, owner: Questionnaire, since: date, until: date) -> Plan:
    """Analysed calls of these days, both included, that `owner` takes and has not answered as it asks."""
    version = in_force(owner)
    if version is None:
        raise NothingInForce
    calls = list(_lacking(owner, version, since, until).values_list("pk", flat=True)[: MOST_CALLS + 1])
    chosen = tuple(calls[:MOST_CALLS])
    return Plan(
        calls=chosen,
        usd=price_of(owner.tenant, calls=chosen, count=len(version.items)),
        is_cut=len(calls) > MOST_CALLS,
    )


def price_of(tenant: Tenant, *, calls: Sequence[int], count: int) -> Decimal | None:
    """Of a question of so many things to each of the calls. Rather more than it will be."""
    connection = ready(tenant)
    if connection is None:
        return None
    lengths = Call.objects.filter(pk__in=calls, transcript__isnull=False).aggregate(
        sum=Sum(Length(Cast("transcript__segments", TextField())))
    )
    beside = len(calls) * (CHARACTERS_BESIDE + CHARACTERS_EACH * count)
    answered = len(calls) * most_tokens(count) // 2
    return estimate(connection, questions=[((lengths["sum"] or 0) + beside, answered)])


@transaction.atomic
def begin(*, owner: Questionnaire, chosen: Plan, is_announced: bool, user: User | None) -> Backfill:
    """The rows are made at once, all or none; what they ask is asked by and by."""
    version = in_force(owner)
    backfill = Backfill.objects.create(
        tenant_id=owner.tenant_id,
        checklist=owner if isinstance(owner, Checklist) else None,
        table=owner if isinstance(owner, Table) else None,
        is_announced=is_announced,
        estimated_usd=chosen.usd,
        created_by=user,
    )
    model, name = _rows_of(owner)
    mine = model.objects.filter(**{name: owner}, call__in=chosen.calls)
    do_over(mine, version=version, backfill=backfill)
    known = set(mine.values_list("call_id", flat=True))
    model.objects.bulk_create(
        (
            model(
                tenant_id=owner.tenant_id, call_id=call, version=version, backfill=backfill, **{name: owner}
            )
            for call in chosen.calls
            if call not in known
        ),
        batch_size=500,
        ignore_conflicts=True,
    )
    # Those that are done already by another press, or by a worker at this moment, are not this one's.
    backfill.calls = model.objects.filter(backfill=backfill).count()
    backfill.save(update_fields=["calls"])
    return backfill


def _rows_of(owner: Questionnaire) -> tuple[Any, str]:
    return (Scorecard, "checklist") if isinstance(owner, Checklist) else (TableRow, "table")


def _lacking(owner: Any, version: Any, since: date, until: date) -> QuerySet[Call]:
    """The newest first. One that is being done by this very version is not lacking."""
    model, name = _rows_of(owner)
    answered = model.objects.filter(**{name: owner}, call=OuterRef("pk"), version=version).exclude(
        state=State.FAILED
    )
    found = taken_by(owner).filter(
        received_at__gte=_start_of(since, owner.tenant),
        received_at__lt=_start_of(until + timedelta(days=1), owner.tenant),
    )
    return found.filter(~Exists(answered)).order_by("-received_at", "-pk")


def taken_by(owner: Any) -> QuerySet[Call]:
    """Analysed calls that `owner` would be asked of, were they to come in now."""
    if not owner.for_calls:
        return Call.objects.none()
    found = Call.objects.filter(
        tenant=owner.tenant_id, outcome=CallOutcome.ANALYSED, transcript__isnull=False
    )
    if owner.deal_stages:
        found = found.filter(deal_stage_id__in=owner.deal_stages)
    if owner.funnels:
        found = found.filter(stage_id__in=owner.funnels)
    offices = list(owner.offices.values_list("pk", flat=True))
    return found.filter(Q(sales_manager__offices__in=offices)).distinct() if offices else found


def _start_of(day: date, tenant: Tenant) -> datetime:
    return datetime.combine(day, time(), tzinfo=ZoneInfo(tenant.timezone))


def progress(backfill: Backfill) -> dict[str, int]:
    rows: Iterable[Any] = (backfill.scorecards, backfill.tablerows)
    states = [state for one in rows for state in one.values_list("state", flat=True)]
    return {
        "calls": backfill.calls,
        "done": states.count(State.DONE),
        "failed": states.count(State.FAILED),
    }
