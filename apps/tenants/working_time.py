"""Working time: how much of it lies between two moments, and when so much of it is over.

Pure: it knows clocks and calendars, not the database. A day's hours are on the wall clock of `zone`; what
they last is reckoned between the moments those clocks show, so that a night when the clock is put forward or
back counts as long as it was.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from apps.tenants.hours import Interval

WHOLE_DAY: tuple[Interval, ...] = ((0, 24 * 60),)
# Who does not work for so many days on end does not come back.
CLOSED_FOR_GOOD = 800

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """A week from Monday on, and dates with hours of their own."""

    zone: ZoneInfo
    week: tuple[tuple[Interval, ...], ...] = (WHOLE_DAY,) * 7
    special: Mapping[date, tuple[Interval, ...]] = field(default_factory=dict)

    def on(self, day: date) -> tuple[Interval, ...]:
        return self.special[day] if day in self.special else self.week[day.weekday()]


def round_the_clock(zone: ZoneInfo) -> Schedule:
    return Schedule(zone=zone)


def worked(schedule: Schedule, start: datetime, end: datetime) -> timedelta:
    """Working time between two moments; none where the second is not the later one."""
    total = timedelta()
    for opening, closing in _open_from(schedule, start, until=end):
        total += min(closing, end) - opening
    return total


def moment_after(schedule: Schedule, start: datetime, amount: timedelta) -> datetime | None:
    """When so much working time after `start` is over; None where nobody works for years."""
    if amount <= timedelta():
        return start
    left = amount
    for opening, closing in _open_from(schedule, start):
        if closing - opening >= left:
            return opening + left
        left -= closing - opening
    return None


def opens_at(schedule: Schedule, now: datetime) -> datetime | None:
    """When work begins again, on the clock of `zone`; None while it goes on, and where it never does."""
    opening = next((opening for opening, _closing in _open_from(schedule, now)), None)
    return None if opening is None or opening <= now else opening.astimezone(schedule.zone)


def _open_from(
    schedule: Schedule, start: datetime, *, until: datetime | None = None
) -> Iterator[tuple[datetime, datetime]]:
    """Stretches of work from `start` on, in UTC and in order; the first may have begun before it."""
    # Days are walked from the one before: where clocks jump at midnight its hours may end within the next.
    day, cursor = start.astimezone(schedule.zone).date() - _DAY, start.astimezone(UTC)
    last_day = None if until is None else until.astimezone(schedule.zone).date()
    idle = 0
    while idle < CLOSED_FOR_GOOD and (last_day is None or day <= last_day):
        idle += 1
        for first, last in schedule.on(day):
            opening = max(_moment(schedule.zone, day, first), cursor)
            closing = _moment(schedule.zone, day, last)
            if until is not None and opening >= until:
                return
            if closing > opening:
                yield opening, closing
                # Where the clock is put forward, hours that do not exist must not be counted twice.
                cursor, idle = closing, 0
        day += _DAY


def _moment(zone: ZoneInfo, day: date, minute: int) -> datetime:
    day, minute = (day + _DAY, 0) if minute == 24 * 60 else (day, minute)
    return datetime.combine(day, time(*divmod(minute, 60)), tzinfo=zone).astimezone(UTC)
