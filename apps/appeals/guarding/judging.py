"""Whether each figure of a text has a source; one that has none may not go out by one click."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from apps.appeals.guarding.figures import Figure, Kind, Value
from apps.appeals.guarding.finding import find_figures

# How much of a source's words is shown beside what it proves.
EXCERPT = 60
# Of a week's day that a timetable has; a day that somebody once named is a date.
TIMETABLE = frozenset({"weekday", "weekdays"})


class SourceKind(StrEnum):
    """In this order: of several that say the same the first is named."""

    OPERATOR = "operator"
    PRICES = "prices"
    ORDER = "order"
    TENANT = "tenant"
    CLIENT = "client"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """`words` as they were said on the day `said_on`, or `values` that are known for what they are.

    `label` says where it stands; `message` is the id of the message, where it is one.
    """

    kind: SourceKind
    words: str = ""
    said_on: date | None = None
    values: frozenset[Value] = frozenset()
    label: str = ""
    message: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A figure and what it rests on. `source` None: nobody said it."""

    figure: Figure
    source: Source | None = None
    excerpt: str = ""

    @property
    def blocks(self) -> bool:
        """A client may name a day and a phone, but not our price."""
        if self.source is None:
            return True
        return self.source.kind is SourceKind.CLIENT and self.figure.kind is Kind.PRICE

    def as_json(self) -> dict[str, Any]:
        source = self.source
        return {
            "kind": self.figure.kind.value,
            "start": self.figure.start,
            "end": self.figure.end,
            "text": self.figure.text,
            "source": source.kind.value if source else "",
            "label": source.label if source else "",
            "message": source.message if source else None,
            "excerpt": self.excerpt,
            "blocks": self.blocks,
        }


def judge(text: str, *, sources: Sequence[Source], today: date) -> list[Finding]:
    known = [
        (source, values, excerpt)
        for source in sorted(sources, key=lambda source: list(SourceKind).index(source.kind))
        for values, excerpt in _said(source, today)
    ]
    return [_finding(figure, known) for figure in find_figures(text, today=today)]


def _finding(figure: Figure, known: Sequence[tuple[Source, frozenset[Value], str]]) -> Finding:
    for source, values, excerpt in known:
        if figure.agrees(values):
            return Finding(figure=figure, source=source, excerpt=excerpt)
    return Finding(figure=figure)


def _said(source: Source, today: date) -> list[tuple[frozenset[Value], str]]:
    """All that a source tells, each with the words that tell it."""
    known = [(source.values, "")] if source.values else []
    if not source.words:
        return known
    figures = find_figures(
        source.words, today=source.said_on or today, aloud=source.kind is SourceKind.OPERATOR
    )
    return known + [(_dated(figure.values), _excerpt(source.words, figure)) for figure in figures]


def _dated(values: frozenset[Value]) -> frozenset[Value]:
    return frozenset(value for value in values if value.what not in TIMETABLE)


def _excerpt(words: str, figure: Figure) -> str:
    """The figure among its neighbours, cut between words."""
    room = max(0, EXCERPT - (figure.end - figure.start)) // 2
    start, end = max(0, figure.start - room), min(len(words), figure.end + room)
    head = words[start : figure.start]
    tail = words[figure.end : end]
    if start:
        head = "…" + head.partition(" ")[2]
    if end < len(words):
        tail = tail.rpartition(" ")[0] + "…"
    return " ".join((head + words[figure.start : figure.end] + tail).split())
