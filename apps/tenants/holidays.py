"""Russia's public holidays, offered for a year at a time.

The Labour Code names the days (article 112), moves a day off that falls on one of them to the next working
day, and ends the working day before one an hour earlier (article 95). The Government moves two of January's
days by a decree for each year: `MOVED_TO` has those that are published. A year without one is offered as the
code alone has it, and says so.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.tenants.hours import Interval

# https://www.consultant.ru/document/cons_doc_LAW_34683/98ef2900507766e70ff29c0b9d8e2353ea80a1cf/
NEW_YEAR, CHRISTMAS = _("New Year holidays"), _("Christmas")
NAMED: dict[tuple[int, int], str | Promise] = {
    **{(1, day): NEW_YEAR for day in (1, 2, 3, 4, 5, 6, 8)},
    (1, 7): CHRISTMAS,
    (2, 23): _("Defender of the Fatherland Day"),
    (3, 8): _("International Women's Day"),
    (5, 1): _("Spring and Labour Day"),
    (5, 9): _("Victory Day"),
    (6, 12): _("Russia Day"),
    (11, 4): _("National Unity Day"),
}
# Decree of the Government of 24 September 2025, No. 1466: 3 January to 9 January, 4 January to 31 December.
MOVED_TO: dict[int, tuple[date, ...]] = {2026: (date(2026, 1, 9), date(2026, 12, 31))}

MOVED, SHORTER = _("Day off moved from a holiday"), _("The day before a holiday")
_DAY, HOUR = timedelta(days=1), 60

Week = tuple[tuple[Interval, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Holiday:
    """A day as it is offered; without hours it is off."""

    date: date
    name: str | Promise
    hours: tuple[Interval, ...] = ()


def is_decreed(year: int) -> bool:
    return year in MOVED_TO


def holidays(year: int, *, week: Week) -> list[Holiday]:
    """In order of their dates, for an organisation that works so."""
    named = {date(year, *day): name for day, name in NAMED.items()}
    off = named | dict.fromkeys((*MOVED_TO.get(year, ()), *_moved(named, week)), MOVED)
    offered = [Holiday(date=day, name=name) for day, name in off.items()]
    return sorted([*offered, *_shorter(off, named, week)], key=lambda one: one.date)


def _moved(named: dict[date, str | Promise], week: Week) -> Iterator[date]:
    """January's are the Government's to move."""
    taken = set(named)
    for day in sorted(named):
        if day.month == 1 or week[day.weekday()]:
            continue
        moved = day + _DAY
        while moved in taken or (any(week) and not week[moved.weekday()]):
            moved += _DAY
        taken.add(moved)
        yield moved


def _shorter(
    off: dict[date, str | Promise], named: dict[date, str | Promise], week: Week
) -> Iterator[Holiday]:
    for day in sorted(named):
        before = day - _DAY
        hours = week[before.weekday()]
        # The first of January belongs to the year before.
        if hours and before.year == day.year and before not in off:
            yield Holiday(date=before, name=SHORTER, hours=_an_hour_less(hours))
    last = date(next(iter(named)).year, 12, 31)
    if last not in off and week[last.weekday()]:
        yield Holiday(date=last, name=SHORTER, hours=_an_hour_less(week[last.weekday()]))


def _an_hour_less(hours: tuple[Interval, ...]) -> tuple[Interval, ...]:
    *others, (start, end) = hours
    return (*others, (start, end - HOUR)) if end - HOUR > start else tuple(others)
