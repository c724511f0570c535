"""Figures of a period, out of the hours that were rolled up: what a page asks for, in a few statements."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet, Sum
from django.db.models.functions import ExtractHour, ExtractIsoWeekDay, Trunc

from apps.appeals.dashboard.periods import Period
from apps.appeals.dashboard.reaching import WITHIN, Reach, given, within
from apps.appeals.models import HourFigures

COUNTS = (
    "received",
    "sent",
    "opened",
    "answered",
    "answered_in_time",
    "answered_late",
    "closed",
    "resolved_in_time",
    "resolved_late",
    "ai_calls",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Whose:
    """Everybody's where no member is given; and of those `reach` alone, where it is."""

    tenant_id: int | None
    member_id: int | None = None
    reach: Reach | None = None

    def rows(self) -> QuerySet[HourFigures]:
        rows = HourFigures.objects.filter(within(self.reach))
        if self.tenant_id is not None:
            rows = rows.filter(tenant=self.tenant_id)
        return rows if self.member_id is None else rows.filter(operator=self.member_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Of times in seconds: the middle one, and what nine of ten stay under."""

    median: float | None = None
    p90: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    received: int = 0
    sent: int = 0
    opened: int = 0
    answered: int = 0
    answered_in_time: int = 0
    answered_late: int = 0
    closed: int = 0
    resolved_in_time: int = 0
    resolved_late: int = 0
    ai_calls: int = 0
    ai_cost: Decimal = Decimal(0)
    # By working time, by the clock on the wall, and until it was settled.
    answer: Spread = Spread()
    clock: Spread = Spread()
    resolution: Spread = Spread()

    @property
    def answered_share(self) -> float | None:
        return _share(self.answered_in_time, self.answered_late)

    @property
    def resolved_share(self) -> float | None:
        return _share(self.resolved_in_time, self.resolved_late)


def _share(kept: int, missed: int) -> float | None:
    return kept / (kept + missed) if kept + missed else None


def sums_of(whose: Whose, period: Period) -> tuple[Sums, Sums]:
    """Of the period and of the one before it. Two statements."""
    spreads = _spreads(whose, period)
    found = (
        whose.rows()
        .filter(hour__gte=period.before_start, hour__lt=period.end)
        .aggregate(**_both(period, *COUNTS, "ai_cost_usd"))
    )
    now, before = (
        _sums(
            {name: found[f"{which}_{name}"] or 0 for name in COUNTS},
            {kind: spread for (of, kind), spread in spreads.items() if of == which},
            ai_cost=found[f"{which}_ai_cost_usd"] or Decimal(0),
        )
        for which in ("now", "before")
    )
    return now, before


def _both(period: Period, *names: str) -> dict[str, Sum]:
    now, before = Q(hour__gte=period.start), Q(hour__lt=period.before_end)
    return {
        f"{which}_{name}": Sum(name, filter=within)
        for name in names
        for which, within in (("now", now), ("before", before))
    }


_SPREADS = f"""
SELECT which, kind, percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY seconds)
FROM (
    SELECT CASE WHEN hour >= %(start)s THEN 'now' ELSE 'before' END AS which, kind, unnest(list) AS seconds
    FROM appeals_hourfigures,
        LATERAL (VALUES ('answer', answer_seconds), ('clock', answer_clock_seconds),
            ('resolution', resolution_seconds)) AS lists(kind, list)
    WHERE hour >= %(before_start)s AND hour < %(end)s AND (hour >= %(start)s OR hour < %(before_end)s)
        AND (answered > 0 OR closed > 0)
        AND (%(tenant)s::bigint IS NULL OR tenant_id = %(tenant)s)
        AND (%(member)s::bigint IS NULL OR operator_id = %(member)s)
        AND {WITHIN}
) AS times GROUP BY which, kind
"""  # noqa: S608 - of our own words alone


def _spreads(whose: Whose, period: Period) -> dict[tuple[str, str], Spread]:
    with connection.cursor() as cursor:
        cursor.execute(_SPREADS, _given(whose, period))
        return {(which, kind): Spread(median=two[0], p90=two[1]) for which, kind, two in cursor.fetchall()}


def _given(whose: Whose, period: Period) -> dict[str, Any]:
    return {
        "tenant": whose.tenant_id,
        "member": whose.member_id,
        "start": period.start,
        "end": period.end,
        "before_start": period.before_start,
        "before_end": period.before_end,
        **given(whose.reach),
    }


_BY_OPERATOR = f"""
SELECT operator_id, kind, percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY seconds)
FROM (
    SELECT operator_id, kind, unnest(list) AS seconds
    FROM appeals_hourfigures,
        LATERAL (VALUES ('answer', answer_seconds), ('clock', answer_clock_seconds),
            ('resolution', resolution_seconds)) AS lists(kind, list)
    WHERE hour >= %(start)s AND hour < %(end)s AND (answered > 0 OR closed > 0)
        AND operator_id IS NOT NULL
        AND (%(tenant)s::bigint IS NULL OR tenant_id = %(tenant)s)
        AND (%(member)s::bigint IS NULL OR operator_id = %(member)s)
        AND {WITHIN}
) AS times GROUP BY operator_id, kind
"""  # noqa: S608 - of our own words alone


def sums_by_operator(whose: Whose, period: Period) -> dict[int, Sums]:
    """Two statements."""
    spreads: dict[int, dict[str, Spread]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_BY_OPERATOR, _given(whose, period))
        for operator_id, kind, two in cursor.fetchall():
            spreads.setdefault(operator_id, {})[kind] = Spread(median=two[0], p90=two[1])
    rows = whose.rows().filter(hour__gte=period.start, hour__lt=period.end, operator__isnull=False)
    counted: Any = (
        rows.order_by().values("operator").annotate(**{f"all_{name}": Sum(name) for name in COUNTS})
    )
    return {
        row["operator"]: _sums(
            {name: row[f"all_{name}"] for name in COUNTS}, spreads.get(row["operator"], {})
        )
        for row in counted
    }


def _sums(counts: Mapping[str, int], spreads: Mapping[str, Spread], *, ai_cost: Decimal = Decimal(0)) -> Sums:
    return Sums(
        **counts,
        ai_cost=ai_cost,
        answer=spreads.get("answer", Spread()),
        clock=spreads.get("clock", Spread()),
        resolution=spreads.get("resolution", Spread()),
    )


def volume(whose: Whose, period: Period) -> list[tuple[datetime, int, int]]:
    """Clients' messages: beginning of the bar, channel, how many."""
    rows = whose.rows().filter(hour__gte=period.start, hour__lt=period.end, received__gt=0)
    bars = rows.annotate(bar=Trunc("hour", period.bucket, tzinfo=period.zone)).order_by()
    return list(bars.values("bar", "channel").annotate(n=Sum("received")).values_list("bar", "channel", "n"))


def heat(whose: Whose, period: Period) -> dict[tuple[int, int], int]:
    """Clients' messages by weekday (Monday is 1) and hour of the day."""
    rows = whose.rows().filter(hour__gte=period.start, hour__lt=period.end, received__gt=0)
    cells = rows.annotate(
        day=ExtractIsoWeekDay("hour", tzinfo=period.zone), clock=ExtractHour("hour", tzinfo=period.zone)
    ).order_by()
    found = cells.values("day", "clock").annotate(n=Sum("received"))
    return {(row["day"], row["clock"]): row["n"] for row in found}


def ai_by_day(whose: Whose, period: Period) -> dict[datetime, tuple[Decimal, int]]:
    """What the AI cost, and how often it was asked."""
    rows = whose.rows().filter(hour__gte=period.start, hour__lt=period.end, ai_calls__gt=0)
    width = "day" if period.bucket == "hour" else period.bucket
    days = rows.annotate(bar=Trunc("hour", width, tzinfo=period.zone)).order_by()
    found = days.values("bar").annotate(cost=Sum("ai_cost_usd"), calls=Sum("ai_calls"))
    return {row["bar"]: (row["cost"], row["calls"]) for row in found}
