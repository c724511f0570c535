"""Tables as files for a spreadsheet: CSV as Excel opens it, and XLSX; rows are written as they come."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import IO

import xlsxwriter
from django.utils import timezone

# A spreadsheet would take what begins so for a formula, or cut it off.
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n")
BOM = "\ufeff"
LONGEST_CELL = 32_767
CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

# Moments come aware and are written by the clock that is in force (`timezone.activate`).
Cell = str | int | float | Decimal | datetime | None


class _Line:
    """What csv writes into: it gives the line back."""

    def write(self, line: str) -> str:
        return line


def csv_lines(head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    """With «;» and a byte order mark, for that is what Excel reads without asking."""
    writer = csv.writer(_Line(), delimiter=";")
    yield BOM
    yield writer.writerow(head)
    for row in rows:
        yield writer.writerow([_in_csv(cell) for cell in row])


def harmless(cell: str) -> str:
    return f"'{cell}" if cell.lstrip(" ").startswith(DANGEROUS) else cell


def _in_csv(cell: Cell) -> str:
    match cell:
        case None:
            return ""
        case str():
            return harmless(cell)
        case datetime():
            return f"{timezone.localtime(cell):%Y-%m-%d %H:%M}"
        case float() | Decimal():
            return str(cell).replace(".", ",")
    return str(cell)


def write_xlsx(into: IO[bytes], head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    """Strings stay strings: nothing in them becomes a formula or a link."""
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(into, options) as book:
        sheet = book.add_worksheet()
        bold, moment = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, max(0, len(head) - 1), 18)
        for column, title in enumerate(head):
            sheet.write_string(0, column, title, bold)
        for number, row in enumerate(rows, start=1):
            for column, cell in enumerate(row):
                match cell:
                    case None | "":
                        continue
                    case str():
                        sheet.write_string(number, column, cell[:LONGEST_CELL])
                    case datetime():
                        naive = timezone.localtime(cell).replace(tzinfo=None)
                        sheet.write_datetime(number, column, naive, moment)
                    case _:
                        sheet.write_number(number, column, cell)
