"""A file of CSV or XLSX as rows of texts, bounded on every side: a small file may unfold to a huge one."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from apps.core.errors import Rejected
from apps.core.tables.csv_rows import csv_rows
from apps.core.tables.xlsx_rows import sheets_of, xlsx_rows
from apps.core.text import clean_name

MOST_COLUMNS = 60
MOST_CHARACTERS = 1000  # of one cell

UTF_16 = (b"\xff\xfe", b"\xfe\xff")
ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"

EMPTY = _("There is nothing in this file.")
OLD_OR_OTHER = _(
    "This is no CSV and no XLSX file. Save it in your spreadsheet program as XLSX, and bring that."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """`rows` are as long as their last filled cell; row n stands at index n - 1, empty ones too."""

    rows: list[list[str]]
    sheet: str = ""
    other_sheets: int = 0


def read_table(content: bytes, *, most_rows: int) -> Table:
    """Raises Rejected with what is wrong with the file."""
    if content.startswith(ZIP):
        return _workbook(content, most_rows)
    if content.startswith(OLE) or (b"\x00" in content[:1000] and not content.startswith(UTF_16)):
        raise Rejected(OLD_OR_OTHER, code="not_a_table")
    return Table(rows=_filled(csv_rows(content), most_rows))


def _workbook(content: bytes, most_rows: int) -> Table:
    """The first sheet that has anything on it, in their order."""
    sheets = sheets_of(content)
    if not sheets:
        raise Rejected(OLD_OR_OTHER, code="not_a_table")
    for sheet in sheets:
        rows = _rows(xlsx_rows(content, sheet.path), most_rows)
        if rows:
            return Table(rows=rows, sheet=clean_name(sheet.name), other_sheets=len(sheets) - 1)
    raise Rejected(EMPTY, code="empty")


def _filled(rows: Iterable[list[str]], most_rows: int) -> list[list[str]]:
    found = _rows(rows, most_rows)
    if not found:
        raise Rejected(EMPTY, code="empty")
    return found


def _rows(rows: Iterable[list[str]], most_rows: int) -> list[list[str]]:
    """Empty rows at the end are none, however many a spreadsheet has given a colour."""
    found: list[list[str]] = []
    for at, row in enumerate(rows):
        cells = _cleaned(row)
        if not cells:
            continue
        if at >= most_rows:
            text = _("The file has more than %(n)d rows. Bring it in parts.") % {"n": most_rows}
            raise Rejected(text, code="too_many_rows")
        found += [[] for _empty in range(at - len(found))]
        found.append(cells)
    return found


def _cleaned(row: list[str]) -> list[str]:
    cells = [clean_name(cell[: 4 * MOST_CHARACTERS], limit=MOST_CHARACTERS) for cell in row[:MOST_COLUMNS]]
    while cells and not cells[-1]:
        cells.pop()
    return cells
