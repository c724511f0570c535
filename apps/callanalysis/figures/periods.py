"""The days the report speaks of, by the organisation's clock, and the same number of days before them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.forms import DateField
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.appeals.dashboard.periods import CUSTOM, MONTH, MOST_DAYS, ONE_DAY, WEEK, Period

QUARTER = "quarter"
NAMES: dict[str, str | Promise] = {
    WEEK: _("This week"),
    MONTH: _("This month"),
    QUARTER: _("This quarter"),
    CUSTOM: _("Chosen days"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What days are made of: the Mondays of whole weeks, and days by themselves."""

    weeks: Sequence[date] = ()
    days: Sequence[date] = ()

    def __add__(self, other: "Parts") -> "Parts":
        return Parts(weeks=[*self.weeks, *other.weeks], days=[*self.days, *other.days])


@dataclass(frozen=True, slots=True, kw_only=True)
class Span(Period):
    """Until today, and as many days from the beginning of the week, month or quarter before; of chosen days,
    those right before them.
    """

    before_first: date

    @property
    def before_last(self) -> date:
        return min(self.before_first + (self.days - 1) * ONE_DAY, self.first - ONE_DAY)

    @property
    def before_start(self) -> datetime:
        return self._midnight(self.before_first)

    @property
    def before_end(self) -> datetime:
        return self._midnight(self.before_last + ONE_DAY)

    @property
    def bucket(self) -> str:
        return "day" if self.days <= 62 else "week"

    @property
    def parts(self) -> Parts:
        """A week that lasts is whole, too: of the days to come there is nothing yet."""
        lasts = self.last >= self.now.astimezone(self.zone).date()
        return _parts(self.first, days_of_week(monday(self.last))[-1] if lasts else self.last)

    @property
    def before_parts(self) -> Parts:
        return _parts(self.before_first, self.before_last)

    @property
    def bars(self) -> Parts:
        """As `parts`, of which bars of `bucket` can be made."""
        return self.parts if self.bucket == "week" else Parts(days=_days(self.first, self.last))


def span_of(asked: Mapping[str, str], *, now: datetime, zone: ZoneInfo) -> Span:
    """What the address names; this month where it means nothing."""
    today = now.astimezone(zone).date()
    given: dict[str, Any] = {"zone": zone, "now": now}
    if asked.get("period") == CUSTOM:
        first, last = _day(asked.get("since", "")), _day(asked.get("until", ""))
        if first is not None and last is not None and first <= last:
            first = max(first, last - (MOST_DAYS - 1) * ONE_DAY)
            before = first - ((last - first).days + 1) * ONE_DAY
            return Span(name=CUSTOM, first=first, last=last, before_first=before, **given)
    if asked.get("period") == WEEK:
        first = today - timedelta(days=today.weekday())
        return Span(name=WEEK, first=first, last=today, before_first=first - 7 * ONE_DAY, **given)
    if asked.get("period") == QUARTER:
        first = date(today.year, (today.month - 1) // 3 * 3 + 1, 1)
        return Span(name=QUARTER, first=first, last=today, before_first=_months_before(first, 3), **given)
    first = today.replace(day=1)
    return Span(name=MONTH, first=first, last=today, before_first=_months_before(first, 1), **given)


def monday(day: date) -> date:
    """The one of its week."""
    return day - day.weekday() * ONE_DAY


def days_of_week(first: date) -> list[date]:
    return _days(first, first + 6 * ONE_DAY)


def _parts(first: date, last: date) -> Parts:
    begins, ends = monday(first + 6 * ONE_DAY), monday(last + ONE_DAY)
    if begins >= ends:
        return Parts(days=_days(first, last))
    return Parts(
        weeks=_days(begins, ends - ONE_DAY)[::7],
        days=[*_days(first, begins - ONE_DAY), *_days(ends, last)],
    )


def _days(first: date, last: date) -> list[date]:
    return [first + at * ONE_DAY for at in range((last - first).days + 1)]


def _months_before(first: date, count: int) -> date:
    month = first.year * 12 + first.month - 1 - count
    return date(month // 12, month % 12 + 1, 1)


def _day(value: str) -> date | None:
    try:
        found = DateField().to_python(value)
    except ValidationError:
        return None
    # A year's beginning or end leaves room to look back.
    return found if found and date(2000, 1, 1) <= found <= date(2100, 1, 1) else None
