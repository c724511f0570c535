"""Quotes are looked for in what was said: words that nobody said prove nothing.

Case, ё, punctuation and spaces make no difference. A quote is one speaker's: where two talk at once, a
sentence goes on after what the other threw in. Only where it is not there it may run over several speakers,
as where the voices of one channel were told apart wrongly.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from apps.core.text import normalise_words

# «Да» is in every call: so short a quote counts only on the line that it was said to be on.
SHORT = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The words as the transcript has them, from which second on, by whom; of a chat, in which message."""

    quote: str
    second: float
    speaker: str
    message: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hit:
    line: int
    span: tuple[int, int]


class _Stream:
    """Several utterances as one text, searched by its words."""

    def __init__(self, lines: Iterable[tuple[int, str]]) -> None:
        self.lines: list[int] = []
        self._begins: list[int] = []
        texts, length = [], 0
        for number, text in lines:
            self.lines.append(number)
            self._begins.append(length)
            texts.append(text)
            length += len(text) + 1
        self.text = " ".join(texts)
        self._starts: dict[int, int] = {}
        self._ends: dict[int, int] = {}
        joined, at = [], 0
        for word in normalise_words(self.text):
            self._starts[at] = word.start
            at += len(word.text)
            self._ends[at] = word.end
            joined.append(word.text)
        self._joined = "".join(joined)

    def hits(self, wanted: str) -> Iterable[_Hit]:
        at = self._joined.find(wanted)
        while at >= 0:
            if at in self._starts and at + len(wanted) in self._ends:
                span = (self._starts[at], self._ends[at + len(wanted)])
                yield _Hit(line=self.lines[bisect_right(self._begins, span[0]) - 1], span=span)
            at = self._joined.find(wanted, at + 1)


class Spoken:
    """A transcript's segments, made ready to be searched many times."""

    def __init__(self, segments: Sequence[dict[str, Any]]) -> None:
        self._segments = segments
        lines = list(enumerate((str(one["text"]) for one in segments), start=1))
        speakers = dict.fromkeys(str(one["speaker"]) for one in segments)
        self._streams = [
            _Stream((number, text) for number, text in lines if segments[number - 1]["speaker"] == who)
            for who in speakers
        ]
        if len(speakers) > 1:
            self._streams.append(_Stream(lines))

    def find(self, quote: str, *, line: int | None = None) -> Evidence | None:
        """Of several places the one nearest to the line. None where these words were not said."""
        wanted = "".join(word.text for word in normalise_words(quote))
        if not wanted:
            return None
        for stream in self._streams:
            hits = [hit for hit in stream.hits(wanted) if len(wanted) >= SHORT or hit.line == line]
            if hits:
                best = min(hits, key=lambda hit: abs(hit.line - line) if line else hit.line)
                return self._evidence(stream, best)
        return None

    def _evidence(self, stream: _Stream, hit: _Hit) -> Evidence:
        segment = self._segments[hit.line - 1]
        return Evidence(
            quote=stream.text[slice(*hit.span)],
            second=float(segment["start"]),
            speaker=str(segment["speaker"])[:40],
            message=segment.get("message"),
        )
