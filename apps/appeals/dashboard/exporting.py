"""The team's table as a file: the very lines the page shows, times in minutes."""

import csv
import io
from collections.abc import Iterable

from django.utils.translation import gettext as _

from apps.appeals.campaigns.exporting import BOM, harmless
from apps.appeals.dashboard.team import Line
from apps.core.xlsx import Cell, workbook


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
        sums["answered"],
        _minutes(sums.answer.median),
        _minutes(sums.answer.p90),
        _minutes(sums.clock.median),
        sums["answered_in_time"],
        sums["answered_late"],
        sums["sent"],
        sums["closed"],
        _minutes(sums.resolution.median),
    ]


def as_csv(lines: Iterable[Line]) -> str:
    """As Russian spreadsheets read it: semicolons between cells, a comma within numbers."""
    file = io.StringIO()
    file.write(BOM)
    writer = csv.writer(file, delimiter=";")
    writer.writerow(heading())
    for line in lines:
        writer.writerow([_written(cell) for cell in cells(line)])
    return file.getvalue()


def as_xlsx(lines: Iterable[Line]) -> bytes:
    return workbook(title=_("Employees"), rows=[heading(), *(cells(line) for line in lines)])


def _written(cell: Cell) -> str:
    if isinstance(cell, str):
        return harmless(cell)
    return "" if cell is None else str(cell).replace(".", ",")


def _minutes(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds / 60, 1)
