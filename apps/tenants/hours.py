"""Working hours: {"mon-fri": "09:00-20:00", "sat": ["10:00-13:00", "14:00-18:00"]}.

A day that is not named is a day off.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

# Minutes since midnight; the end may be 1440.
Interval = tuple[int, int]

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
# A day ends at 24:00.
_INTERVAL = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-(?:([01]\d|2[0-3]):([0-5]\d)|(24):(00))", re.ASCII)


def check_working_hours(value: Any) -> None:
    """A model field's validator."""
    errors = errors_in_hours(value)
    if errors:
        raise ValidationError([f"{days}: {text}" if days else text for days, text in errors.items()])


def check_day_hours(value: Any) -> None:
    """A model field's validator: a list of intervals, empty for a day off."""
    text = _error_in_day(value) if value != [] else ""
    if text:
        raise ValidationError(text)


def errors_in_hours(value: Any) -> dict[str, str]:
    """Sentences by the key they are about; "" stands for all of it."""
    if not isinstance(value, dict):
        return {"": _("Write days and hours, such as {“mon-fri”: “09:00-20:00”}.")}
    errors: dict[str, str] = {}
    taken: set[str] = set()
    for key, hours in value.items():
        days = _days(key)
        if not days:
            errors[key] = _(
                "Write a day or days in a row, such as “sat” or “mon-fri”: mon tue wed thu fri sat sun."
            )
        elif taken & days:
            errors[key] = _("These days are given twice.")
        elif text := _error_in_day(hours):
            errors[key] = text
        taken |= days
    return errors


def in_order(hours: dict[str, Any]) -> dict[str, Any]:
    """As a week goes; the database keeps no order."""
    place = {day: number for number, day in enumerate(DAYS)}
    return dict(sorted(hours.items(), key=lambda item: place.get(item[0][:3], len(DAYS))))


def on_weekday(hours: dict[str, Any], day: str) -> tuple[Interval, ...]:
    """What a week says of one of its days."""
    return intervals(next((value for key, value in hours.items() if day in _days(key)), []))


def intervals(written: Any) -> tuple[Interval, ...]:
    """One day's hours in minutes since midnight."""
    listed = written if isinstance(written, list) else [written]
    found = (_INTERVAL.fullmatch(one) for one in listed if isinstance(one, str))
    return tuple(_minutes(one) for one in found if one is not None)


def written(day: Iterable[Interval]) -> list[str]:
    """The same as it is kept: one interval a text."""
    return [f"{start // 60:02}:{start % 60:02}-{end // 60:02}:{end % 60:02}" for start, end in day]


def as_week(days: Sequence[Sequence[Interval]]) -> dict[str, Any]:
    """Seven days as a week is kept: those alike and in a row under one key, days off left out."""
    hours: dict[str, Any] = {}
    for number, day in enumerate(days):
        alike = number and days[number - 1] == day
        if not day or alike:
            continue
        last = next((at for at in range(number, 7) if days[at] != day), 7) - 1
        key = DAYS[number] if last == number else f"{DAYS[number]}-{DAYS[last]}"
        hours[key] = written(day)[0] if len(day) == 1 else written(day)
    return hours


def _days(key: Any) -> set[str]:
    first, _dash, last = str(key).partition("-")
    last = last if _dash else first
    if first not in DAYS or last not in DAYS:
        return set()
    return set(DAYS[DAYS.index(first) : DAYS.index(last) + 1])


def _error_in_day(hours: Any) -> str:
    listed = hours if isinstance(hours, list) else [hours]
    if not listed:
        return _("Write the hours, such as “09:00-20:00”, or leave the day out.")
    free_from = 0
    for interval in listed:
        found = _INTERVAL.fullmatch(interval) if isinstance(interval, str) else None
        if found is None:
            return _("Write the hours as “09:00-20:00”, or as a list of such intervals.")
        start, end = _minutes(found)
        if end <= start:
            return _("The hours must end after they begin, and on the same day.")
        if start < free_from:
            return _("The intervals must follow each other.")
        free_from = end
    return ""


def _minutes(found: re.Match[str]) -> tuple[int, int]:
    hour, minute, end_hour, end_minute = (int(group) for group in found.groups() if group is not None)
    return hour * 60 + minute, end_hour * 60 + end_minute
