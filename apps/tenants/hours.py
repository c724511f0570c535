"""Working hours: {"mon-fri": "09:00-20:00", "sat": ["10:00-13:00", "14:00-18:00"]}.

A day that is not named is a day off.
"""

import re
from datetime import datetime, time, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
# A day ends at 24:00.
_INTERVAL = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-(?:([01]\d|2[0-3]):([0-5]\d)|(24):(00))", re.ASCII)


def check_working_hours(value: Any) -> None:
    """A model field's validator."""
    errors = errors_in_hours(value)
    if errors:
        raise ValidationError([f"{days}: {text}" if days else text for days, text in errors.items()])


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


def opens_at(hours: dict[str, Any], now: datetime) -> datetime | None:
    """When work begins again, on the clock of `now`; None while it goes on, and where no hours are set."""
    minute = now.hour * 60 + now.minute
    for ahead in range(8) if hours else ():
        day = now.date() + timedelta(days=ahead)
        for start, end in _intervals(hours, DAYS[day.weekday()]):
            if ahead == 0 and start <= minute < end:
                return None
            if ahead or start > minute:
                return datetime.combine(day, time(*divmod(start, 60)), tzinfo=now.tzinfo)
    return None


def _intervals(hours: dict[str, Any], day: str) -> list[tuple[int, int]]:
    """Of one day, in minutes since midnight."""
    written: Any = next((value for key, value in hours.items() if day in _days(key)), [])
    found = (_INTERVAL.fullmatch(one) for one in (written if isinstance(written, list) else [written]))
    return [_minutes(one) for one in found if one is not None]


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
