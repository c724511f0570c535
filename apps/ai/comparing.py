"""What one wording has that another has not, line by line."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum


class Change(StrEnum):
    SAME = "same"
    REMOVED = "removed"
    ADDED = "added"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    change: Change
    text: str


def compare(old: str, new: str) -> list[Line]:
    return list(_lines(old.splitlines(), new.splitlines()))


def _lines(old: list[str], new: list[str]) -> Iterator[Line]:
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for tag, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        if tag == "equal":
            yield from (Line(change=Change.SAME, text=text) for text in old[old_from:old_to])
            continue
        yield from (Line(change=Change.REMOVED, text=text) for text in old[old_from:old_to])
        yield from (Line(change=Change.ADDED, text=text) for text in new[new_from:new_to])
