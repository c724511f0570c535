"""CSV as spreadsheets and people write it: UTF-8, UTF-16 or Windows-1251; «;», «,» or tabs."""

import csv
import io
from collections import Counter
from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from apps.core.errors import Rejected

DELIMITERS = (";", "\t", ",")
LOOKED_AT = 30

BROKEN = _("The file cannot be read as a table: a quotation mark is not closed, or a cell is too long.")


def csv_rows(content: bytes) -> Iterator[list[str]]:
    text = decoded(content)
    first, _break, rest = text.partition("\n")
    told = first.strip().strip('"')
    if told.lower().startswith("sep=") and len(told) == 5:  # Excel's own hint
        return _parsed(rest, told[4])
    return _parsed(text, delimiter_of(text))


def decoded(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1251", "replace")


def delimiter_of(text: str) -> str:
    """The one that most of the first lines have in equal number; «3500,50» tells nothing of commas."""
    return max(DELIMITERS, key=lambda one: _agreement(text, one))


def _agreement(text: str, delimiter: str) -> int:
    head = "".join(text.splitlines(keepends=True)[:LOOKED_AT])
    try:
        widths = Counter(len(row) for row in csv.reader(io.StringIO(head), delimiter=delimiter) if row)
    except csv.Error:
        return 0
    widths.pop(1, None)
    return max(widths.values(), default=0)


def _parsed(text: str, delimiter: str) -> Iterator[list[str]]:
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    except csv.Error:
        raise Rejected(BROKEN, code="broken") from None
