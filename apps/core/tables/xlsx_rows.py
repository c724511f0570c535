"""The cells of an XLSX workbook, read as a stream: never more of it in memory than is asked for.

Only what was saved as a cell's value is read: formulas are neither carried out nor looked at, and other files
are never followed. https://ecma-international.org/publications-and-standards/standards/ecma-376/
"""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from posixpath import join, normpath
from typing import Any
from xml.parsers import expat

from django.utils.translation import gettext_lazy as _

from apps.core.errors import Rejected

# Unpacked, of one part. Fifty thousand rows take about twenty megabytes.
MOST_BYTES = 150 * 1024 * 1024
MOST_STRINGS, MOST_LETTERS = 500_000, 4000
CHUNK = 64 * 1024
FAR_COLUMN, LAST_ROW = 200, 1_048_576

DAMAGED = _("The workbook is damaged. Open it in your spreadsheet program, save it anew, and bring that.")
TOO_BIG = _("The workbook is too big when unpacked. Leave only the prices in it, or save it as CSV.")

_PLACE = re.compile(r"([A-Z]{1,3})(\d{1,7})")


@dataclass(frozen=True, slots=True)
class Sheet:
    name: str
    path: str


def sheets_of(content: bytes) -> list[Sheet]:
    """Those that are shown, in the order of their tabs. None where it is no workbook."""
    with _opened(content) as book:
        if "xl/workbook.xml" not in book.namelist():
            return []
        targets: dict[str, str] = {}
        named: list[tuple[str, str]] = []

        def relation(tag: str, attributes: dict[str, str]) -> None:
            if tag == "Relationship" and attributes.get("TargetMode") != "External":
                targets[attributes.get("Id", "")] = attributes.get("Target", "")

        def sheet(tag: str, attributes: dict[str, str]) -> None:
            if tag == "sheet" and attributes.get("state", "visible") == "visible":
                key = next((value for name, value in attributes.items() if name.endswith(":id")), "")
                named.append((attributes.get("name", ""), key))

        for path, start in (("xl/_rels/workbook.xml.rels", relation), ("xl/workbook.xml", sheet)):
            for _step in _parse(book, path, start=start):
                pass
        return [Sheet(name, _inside(targets[key])) for name, key in named if key in targets]


def xlsx_rows(content: bytes, path: str) -> Iterator[list[str]]:
    with _opened(content) as book:
        strings = _strings(book)
        reader = _SheetReader(strings)
        for _step in _parse(book, path, start=reader.start, end=reader.end, text=reader.text):
            yield from reader.taken()
        yield from reader.taken()


@dataclass(slots=True)
class _SheetReader:
    """Collects cells between two chunks; rows that the file leaves out are given as empty ones."""

    strings: list[str]
    rows: list[list[str]] = field(default_factory=list)
    number: int = 0
    row: dict[int, str] = field(default_factory=dict)
    column: int = -1
    kind: str = ""
    words: list[str] = field(default_factory=list)
    reads: bool = False
    skips: int = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "row":
            self._begin_row(attributes.get("r", ""))
        elif tag == "c":
            place = _PLACE.fullmatch(attributes.get("r", ""))
            self.column = _column(place[1]) if place else self.column + 1
            self.kind, self.words = attributes.get("t", "n"), []
        elif tag == "rPh":  # how the text before is pronounced
            self.skips += 1
        self.reads = tag in ("v", "t") and not self.skips

    def end(self, tag: str) -> None:
        self.reads = False
        if tag == "c" and self.column < FAR_COLUMN and self.words:
            self.row[self.column] = _value(self.kind, "".join(self.words), self.strings)
        elif tag == "row":
            width = max(self.row, default=-1) + 1
            self.rows.append([self.row.get(column, "") for column in range(width)])
        elif tag == "rPh":
            self.skips -= 1

    def text(self, words: str) -> None:
        if self.reads:
            self.words.append(words)

    def taken(self) -> Iterator[list[str]]:
        rows, self.rows = self.rows, []
        yield from rows

    def _begin_row(self, told: str) -> None:
        number = int(told) if told.isascii() and told.isdecimal() and len(told) < 8 else self.number + 1
        number = min(number, LAST_ROW)
        self.rows += [[] for _left_out in range(number - self.number - 1)]
        self.number, self.row, self.column = max(number, self.number + 1), {}, -1


def _strings(book: zipfile.ZipFile) -> list[str]:
    """The texts that cells refer to by number."""
    if "xl/sharedStrings.xml" not in book.namelist():
        return []
    found: list[str] = []
    reader = _SheetReader([])

    def end(tag: str) -> None:
        if tag == "si":
            found.append("".join(reader.words)[:MOST_LETTERS])
            reader.words = []
            if len(found) > MOST_STRINGS:
                raise Rejected(TOO_BIG, code="too_big")
        reader.end(tag)

    for _step in _parse(book, "xl/sharedStrings.xml", start=reader.start, end=end, text=reader.text):
        pass
    return found


def _value(kind: str, words: str, strings: list[str]) -> str:
    if kind == "s":
        return strings[int(words)] if words.isdecimal() and int(words) < len(strings) else ""
    if kind == "n":
        return _number(words)
    if kind == "b":
        return {"1": "true", "0": "false"}.get(words, "")
    return "" if kind == "e" else words


def _number(words: str) -> str:
    """As a person would write it: 3499.9999999999995 is 3500."""
    try:
        value = Decimal(words)
        if not value.is_finite() or abs(value) >= Decimal(10) ** 15:
            return words
        shown = f"{value.quantize(Decimal('0.01')):f}"
    except InvalidOperation:
        return words
    return shown.rstrip("0").rstrip(".")


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _inside(target: str) -> str:
    return target.lstrip("/") if target.startswith("/") else normpath(join("xl", target))


def _opened(content: bytes) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        raise Rejected(DAMAGED, code="damaged") from None


def _parse(
    book: zipfile.ZipFile, path: str, *, start: Any, end: Any = None, text: Any = None
) -> Iterator[None]:
    """Chunk by chunk, so that whoever has enough can stop. Names come without their namespace's prefix."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse
    parser.StartElementHandler = lambda tag, attributes: start(tag.rpartition(":")[2], attributes)
    if end is not None:
        parser.EndElementHandler = lambda tag: end(tag.rpartition(":")[2])
    if text is not None:
        parser.CharacterDataHandler = text
    try:
        with book.open(path) as part:
            read = 0
            while chunk := part.read(CHUNK):
                read += len(chunk)
                if read > MOST_BYTES:
                    raise Rejected(TOO_BIG, code="too_big")
                parser.Parse(chunk)
                yield
            parser.Parse(b"", True)
    except (
        expat.ExpatError,
        zipfile.BadZipFile,
        zlib.error,
        KeyError,
        EOFError,
        RuntimeError,
        NotImplementedError,
    ):
        raise Rejected(DAMAGED, code="damaged") from None


def _refuse(*_declared: Any) -> None:
    """A workbook has no document type; one that has would let entities unfold without end."""
    raise Rejected(DAMAGED, code="damaged")
