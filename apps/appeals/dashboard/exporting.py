"""The team's table as a file: the very lines the page shows, times in minutes."""

import io
from collections.abc import Iterable

from django.utils.translation import gettext as _

from apps.appeals.dashboard.team import Line
from apps.core.spreadsheets import Cell, csv_lines, write_xlsx


def heading() -> list[str]:
    return [
        _("employee"),
        _("open now"),
        _("wait for an answer"),
        _("first answers"),
        _("first answer, median, min of working time"),
        _("first answer, nine of ten within, min of working time"),
        _("first answer, median, min by the clock (24/7)"),
        _("answered in time"),
        _("answered late"),
        _("answers sent"),
        _("closed"),
        _("settled, median, min of working time"),
    ]


def cells(line: Line) -> list[Cell]:
    sums = line.sums
    return [
        line.name,
        line.open,
        line.waiting,
        sums.answered,
        _minutes(sums.answer.median),
        _minutes(sums.answer.p90),
        _minutes(sums.clock.median),
        sums.answered_in_time,
        sums.answered_late,
        sums.sent,
        sums.closed,
        _minutes(sums.resolution.median),
    ]


def as_csv(lines: Iterable[Line]) -> str:
    return "".join(csv_lines(heading(), map(cells, lines)))


def as_xlsx(lines: Iterable[Line]) -> bytes:
    file = io.BytesIO()
    write_xlsx(file, heading(), map(cells, lines), title=_("Employees"))
    return file.getvalue()


def _minutes(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds / 60, 1)
