"""What each line of a brought list finds; or, with its number, what is wrong with it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.appeals.campaigns.matching import found_by, key_of, parts
from apps.appeals.following import standing_ids
from apps.appeals.models import ClientList

# A long number as a spreadsheet writes it once the cell is no text.
_CUT_OFF = re.compile(r"\d([.,]\d+)?[eE]\+\d+")

EMPTY = gettext_lazy("nothing stands in this column")
CUT_OFF = gettext_lazy(
    "the spreadsheet has cut the number off: format the column as text and save the file anew"
)
UNKNOWN = gettext_lazy("no client has this phone or user name")


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    number: int
    words: str
    text: str | Promise


@dataclass(slots=True, kw_only=True)
class Found:
    """`lines` as they find a client each, none twice; `clients` may be fewer or more than they are."""

    lines: list[str] = field(default_factory=list)
    clients: int = 0
    problems: list[Problem] = field(default_factory=list)


def look_through(brought: ClientList) -> Found:
    """A handful of queries, however many lines there are."""
    seen = Found()
    if brought.column is None:
        return seen
    lines = list(_lines(brought, brought.column))
    keys = {key_of(part) for _number, _row, cell in lines for part in parts(cell)}
    clients = found_by(keys, tenant_id=brought.tenant_id)
    first: dict[str, int] = {}
    for number, row, cell in lines:
        known = [part for part in parts(cell) if key_of(part) in clients]
        fresh = [part for part in known if key_of(part) not in first]
        for part in fresh:
            first[key_of(part)] = number
        seen.lines += fresh
        if not fresh:
            words = cell or " · ".join(filter(None, row))
            text = _same_as(first[key_of(known[0])]) if known else _wrong_with(cell)
            seen.problems.append(Problem(number=number, words=words, text=text))
    seen.clients = len(standing_ids(pk for key in first for pk in clients[key]))
    return seen


def _lines(brought: ClientList, column: int) -> Iterator[tuple[int, list[Any], str]]:
    """Empty rows are none."""
    for number, row in enumerate(brought.cells[brought.header_rows :], start=brought.header_rows + 1):
        if row:
            yield number, row, (row[column].strip() if column < len(row) else "")


def _wrong_with(cell: str) -> str | Promise:
    if not cell:
        return EMPTY
    return CUT_OFF if _CUT_OFF.fullmatch(cell) else UNKNOWN


def _same_as(number: int) -> str:
    return _("the same as in row %(n)d") % {"n": number}
