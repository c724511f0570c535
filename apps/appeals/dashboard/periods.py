"""The days a dashboard speaks of, by the organisation's clock, and those it compares them with."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.forms import DateField
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

DAY, WEEK, MONTH, CUSTOM = "today", "week", "month", "custom"
NAMES: dict[str, str | Promise] = {
    DAY: _("Today"),
    WEEK: _("7 days"),
    MONTH: _("30 days"),
    CUSTOM: _("Chosen days"),
}
_DAYS = {DAY: 1, WEEK: 7, MONTH: 30}
# Longer than that is no period but a history.
MOST_DAYS = 366
HOUR, ONE_DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Whole days, both included. `now` is when it is looked at."""

    name: str
    first: date
    last: date
    zone: ZoneInfo
    now: datetime

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def start(self) -> datetime:
        return self._midnight(self.first)

    @property
    def end(self) -> datetime:
        return self._midnight(self.last + ONE_DAY)

    @property
    def before_start(self) -> datetime:
        return self._midnight(self.first - self.days * ONE_DAY)

    @property
    def before_end(self) -> datetime:
        """As far into the days before as these have gone: half a day is not compared with a whole one."""
        if self.now >= self.end:
            return self.start
        local = self.now.astimezone(self.zone)
        shifted = (local - self.days * ONE_DAY).replace(minute=0, second=0, microsecond=0)
        return max(self.before_start, shifted + HOUR)

    @property
    def bucket(self) -> str:
        """How wide a bar is."""
        if self.days <= 2:
            return "hour"
        return "day" if self.days <= 62 else "week"

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), tzinfo=self.zone)


def period_of(asked: Mapping[str, str], *, now: datetime) -> Period:
    """What the address names; the last week where it means nothing."""
    zone = ZoneInfo(timezone.get_current_timezone_name())
    today = now.astimezone(zone).date()
    name = asked.get("period", WEEK)
    if name == CUSTOM:
        first, last = _day(asked.get("since", "")), _day(asked.get("until", ""))
        if first is not None and last is not None and first <= last:
            first = max(first, last - (MOST_DAYS - 1) * ONE_DAY)
            return Period(name=CUSTOM, first=first, last=last, zone=zone, now=now)
    name = name if name in _DAYS else WEEK
    return Period(name=name, first=today - (_DAYS[name] - 1) * ONE_DAY, last=today, zone=zone, now=now)


def _day(value: str) -> date | None:
    try:
        found = DateField().to_python(value)
    except ValidationError:
        return None
    # A year's beginning or end leaves room to look back.
    return found if found and date(2000, 1, 1) <= found <= date(2100, 1, 1) else None
