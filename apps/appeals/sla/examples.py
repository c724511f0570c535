"""What a target would mean, on moments a person can picture."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import formats
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.tenants.working_time import Schedule, moment_after

FRIDAY = 4
# A day off that is further ahead is no example of anything.
NEAR = timedelta(days=60)
WRITES_ON: tuple[Promise, ...] = (
    gettext_lazy("If a client writes on Monday at %(time)s,"),
    gettext_lazy("If a client writes on Tuesday at %(time)s,"),
    gettext_lazy("If a client writes on Wednesday at %(time)s,"),
    gettext_lazy("If a client writes on Thursday at %(time)s,"),
    gettext_lazy("If a client writes on Friday at %(time)s,"),
    gettext_lazy("If a client writes on Saturday at %(time)s,"),
    gettext_lazy("If a client writes on Sunday at %(time)s,"),
)
ANSWER_BY: tuple[Promise, ...] = (
    gettext_lazy("they are to be answered by Monday, %(time)s."),
    gettext_lazy("they are to be answered by Tuesday, %(time)s."),
    gettext_lazy("they are to be answered by Wednesday, %(time)s."),
    gettext_lazy("they are to be answered by Thursday, %(time)s."),
    gettext_lazy("they are to be answered by Friday, %(time)s."),
    gettext_lazy("they are to be answered by Saturday, %(time)s."),
    gettext_lazy("they are to be answered by Sunday, %(time)s."),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    wrote_at: datetime
    due_at: datetime
    # A holiday is named by its date.
    is_dated: bool = False

    def __str__(self) -> str:
        return f"{self._wrote()} {self._due()}"

    def _wrote(self) -> str:
        clock = formats.time_format(self.wrote_at, "H:i")
        if self.is_dated:
            day = formats.date_format(self.wrote_at, "MONTH_DAY_FORMAT")
            return _("If a client writes on %(day)s at %(time)s,") % {"day": day, "time": clock}
        return str(WRITES_ON[self.wrote_at.weekday()]) % {"time": clock}

    def _due(self) -> str:
        clock = formats.time_format(self.due_at, "H:i")
        days = (self.due_at.date() - self.wrote_at.date()).days
        if days == 0:
            return _("they are to be answered by %(time)s.") % {"time": clock}
        if days < 7 and not self.is_dated:
            return str(ANSWER_BY[self.due_at.weekday()]) % {"time": clock}
        day = formats.date_format(self.due_at, "MONTH_DAY_FORMAT")
        return _("they are to be answered by %(day)s, %(time)s.") % {"day": day, "time": clock}


def examples(schedule: Schedule, *, minutes: int, now: datetime) -> list[Example]:
    found = []
    for wrote_at, is_dated in _moments(schedule, now.astimezone(schedule.zone).date()):
        due_at = moment_after(schedule, wrote_at, timedelta(minutes=minutes))
        if due_at is not None:
            local = due_at.astimezone(schedule.zone)
            found.append(Example(wrote_at=wrote_at, due_at=local, is_dated=is_dated))
    return found


def _moments(schedule: Schedule, today: date) -> Iterator[tuple[datetime, bool]]:
    """Half an hour before Friday's end, a Saturday night, and the next holiday."""
    friday = today + timedelta(days=(FRIDAY - today.weekday()) % 7 or 7)
    hours = schedule.on(friday)
    evening = hours[-1][1] - 30 if hours else 19 * 60 + 30
    yield _at(schedule, friday, min(evening, 23 * 60 + 30)), False
    yield _at(schedule, friday + timedelta(days=1), 23 * 60), False
    off = (day for day, own in sorted(schedule.special.items()) if not own)
    holiday = next((day for day in off if today < day <= today + NEAR), None)
    if holiday is not None:
        yield _at(schedule, holiday, 12 * 60), True


def _at(schedule: Schedule, day: date, minute: int) -> datetime:
    return datetime.combine(day, time(*divmod(minute, 60)), tzinfo=schedule.zone)
