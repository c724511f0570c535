"""Tables as files for a spreadsheet: CSV as Excel opens it, and XLSX; rows are written as they come."""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import IO, Any

import xlsxwriter
from django.utils import timezone

# A spreadsheet would take what begins so for a formula, or cut it off.
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n")
BOM = "\ufeff"
LONGEST_CELL, WIDTH = 32_767, 18
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
    # Of some tables the columns are called as people wished.
    yield writer.writerow([harmless(name) for name in head])
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


def write_xlsx(
    into: IO[bytes],
    head: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    *,
    title: str | None = None,
    widths: Mapping[int, int] = MappingProxyType({}),
) -> None:
    """`widths` by column, in characters."""
    write_book(into, [Sheet(head=head, rows=rows, title=title, widths=widths)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """`title` of 31 characters at most, without []:*?/\\; no two sheets of a book may have the same."""

    head: Sequence[str]
    rows: Iterable[Sequence[Cell]]
    title: str | None = None
    widths: Mapping[int, int] = field(default_factory=dict)


def write_book(into: IO[bytes], sheets: Iterable[Sheet]) -> None:
    """Strings stay strings: none becomes a formula or a link."""
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(into, options) as book:
        formats = _Formats(
            bold=book.add_format({"bold": True, "quote_prefix": True}),
            moment=book.add_format({"num_format": "yyyy-mm-dd hh:mm"}),
            # Stays a text even when somebody goes into the cell and presses Enter.
            quoted=book.add_format({"quote_prefix": True}),
        )
        for one in sheets:
            _write_sheet(book.add_worksheet(one.title), one, formats)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Formats:
    bold: Any
    moment: Any
    quoted: Any


def _write_sheet(sheet: Any, content: Sheet, formats: _Formats) -> None:
    sheet.freeze_panes(1, 0)
    for column, name in enumerate(content.head):
        sheet.set_column(column, column, content.widths.get(column, WIDTH))
        sheet.write_string(0, column, name, formats.bold)
    for number, row in enumerate(content.rows, start=1):
        for column, cell in enumerate(row):
            _write(sheet, number, column, cell, formats)


def _write(sheet: Any, number: int, column: int, cell: Cell, formats: _Formats) -> None:
    match cell:
        case None | "":
            return
        case str():
            style = formats.quoted if cell.lstrip(" ").startswith(DANGEROUS) else None
            sheet.write_string(number, column, cell[:LONGEST_CELL], style)
        case datetime():
            naive = timezone.localtime(cell).replace(tzinfo=None)
            sheet.write_datetime(number, column, naive, formats.moment)
        case _:
            sheet.write_number(number, column, cell)
