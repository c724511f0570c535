"""Figures of a period, out of the weeks and days that were rolled up: what the report asks for."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from typing import Any, Self

from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet, Sum
from django.db.models.functions import Trunc

from apps.callanalysis.figures.choosing import Choice
from apps.callanalysis.figures.periods import Parts, Span
from apps.callanalysis.models import DayOfCalls, DayOfChecklists, DayOfCriteria, StaleCalls

NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Summed:
    @classmethod
    def of(cls, several: Iterable[Self]) -> Self:
        found = list(several)
        if len(found) == 1:
            return found[0]
        nothing: Any = cls()
        names = [one.name for one in fields(cls)]
        return cls(
            **{name: sum((getattr(one, name) for one in found), getattr(nothing, name)) for name in names}
        )

    @classmethod
    def sums(cls) -> dict[str, Sum]:
        """By the names under which `read` takes them."""
        return {f"sum_{one.name}": Sum(one.name) for one in fields(cls)}

    @classmethod
    def read(cls, row: Mapping[str, Any]) -> Self:
        nothing = cls()
        names = [one.name for one in fields(cls)]
        return cls(**{name: row[f"sum_{name}"] or getattr(nothing, name) for name in names})


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended(_Summed):
    """How calls ended: all of `DayOfCalls` that a chart shows."""

    received: int = 0
    analysed: int = 0
    skipped: int = 0
    unheard: int = 0
    failed: int = 0
    working: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Calls(Ended):
    """As `DayOfCalls` has them."""

    measured: int = 0
    talk_ratio: Decimal = NOTHING
    monologue: Decimal = NOTHING
    cut_in: int = 0
    was_cut_in: int = 0
    timed: int = 0
    silence: Decimal = NOTHING
    seconds: Decimal = NOTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class Score(_Summed):
    """As `DayOfChecklists` has it."""

    calls: int = 0
    critical: int = 0
    scorecards: int = 0
    percentage: Decimal = NOTHING

    @property
    def average(self) -> float | None:
        return float(self.percentage) / self.scorecards if self.scorecards else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks(_Summed):
    """As `DayOfCriteria` has them. What could not be judged or proven is neither won nor lost."""

    completed: int = 0
    failed: int = 0
    cannot_judge: int = 0
    not_proven: int = 0
    checked: int = 0
    agreed: int = 0

    @property
    def judged(self) -> int:
        return self.completed + self.failed

    @property
    def share(self) -> float | None:
        """Of those that were judged, how many were fulfilled, from 0 to 1."""
        return self.completed / self.judged if self.judged else None


# A stage of a checklist.
Criterion = tuple[int, str]


def calls_by_manager(choice: Choice) -> dict[int, tuple[Calls, Calls]]:
    """Everybody's of the organisation: what they are compared with is all of them."""
    rows = _of_funnel(DayOfCalls.objects.all(), choice)
    return _by_manager(rows, choice, Calls)


def scores_by_manager(choice: Choice) -> dict[int, tuple[Score, Score]]:
    return _by_manager(_checklist(choice), choice, Score)


def marks_by_manager(choice: Choice) -> dict[Criterion, dict[int, Marks]]:
    """Of the period alone."""
    rows = _of_funnel(DayOfCriteria.objects.all(), choice)
    if choice.checklist is not None:
        rows = rows.filter(checklist=choice.checklist)
    summed: Any = (
        rows.filter(_within(choice.span.parts), sales_manager__in=choice.managers)
        .order_by()
        .values("checklist", "stage_id", "sales_manager")
        .annotate(**Marks.sums())
    )
    found: dict[Criterion, dict[int, Marks]] = {}
    for row in summed:
        by = found.setdefault((row["checklist"], row["stage_id"]), {})
        by[row["sales_manager"]] = Marks.read(row)
    return found


def calls_by_bar(choice: Choice) -> dict[datetime, Ended]:
    rows = _of_funnel(DayOfCalls.objects.all(), choice)
    return _by_bar(rows, choice, Ended)


def scores_by_bar(choice: Choice) -> dict[datetime, Score]:
    return _by_bar(_checklist(choice), choice, Score)


def is_behind(choice: Choice) -> bool:
    """Whether days of the period before today are still being added up, as after an import."""
    today = choice.span.now.astimezone(choice.span.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    marks = StaleCalls.objects.filter(tenant=choice.tenant, at__gte=choice.span.before_start)
    return marks.filter(at__lt=min(today, choice.span.end)).exists()


def _checklist(choice: Choice) -> QuerySet[Any]:
    rows = _of_funnel(DayOfChecklists.objects.all(), choice)
    return rows.filter(sales_manager__in=choice.managers, checklist=choice.checklist)


def _of_funnel(rows: QuerySet[Any], choice: Choice) -> QuerySet[Any]:
    return rows.filter(tenant=choice.tenant, funnel=choice.funnel or None)


def _within(parts: Parts) -> Q:
    # One by one is what the index knows, also of two periods.
    return Q(is_week=True, day__in=parts.weeks) | Q(is_week=False, day__in=parts.days)


def _by_manager(rows: QuerySet[Any], choice: Choice, kind: Any) -> dict[int, tuple[Any, Any]]:
    span = choice.span
    both = rows.filter(_within(span.parts + span.before_parts)).order_by()
    # Each period by itself is one sum a column; as conditions of the sums they would cost twice as much.
    summed = both.annotate(is_now=ExpressionWrapper(Q(day__gte=span.first), BooleanField()))
    found: dict[int, list[Any]] = {}
    for row in summed.values("sales_manager", "is_now").annotate(**kind.sums()):
        pair = found.setdefault(row["sales_manager"], [kind(), kind()])
        pair[not row["is_now"]] = kind.read(row)
    return {pk: (pair[0], pair[1]) for pk, pair in found.items()}


def _by_bar(rows: QuerySet[Any], choice: Choice, kind: Any) -> dict[datetime, Any]:
    """By the beginning of the bar, which for a week is its Monday, also where that is before the period."""
    span = choice.span
    rows = rows.filter(_within(span.bars), sales_manager__in=choice.managers)
    bars: Any = rows.annotate(bar=Trunc("day", span.bucket)).order_by().values("bar")
    summed = bars.annotate(**kind.sums())
    return {_midnight(row["bar"], span): kind.read(row) for row in summed}


def _midnight(bar: datetime, span: Span) -> datetime:
    return datetime(bar.year, bar.month, bar.day, tzinfo=span.zone)
