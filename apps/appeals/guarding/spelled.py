"""«Три с половиной тысячи» becomes «3500», each sign of which knows the words it stands for."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from apps.appeals.guarding.vocabulary import (
    BY_NAME,
    HUNDRED,
    HUNDREDS,
    ORDINAL_STEMS,
    TEENS,
    TENS,
    THOUSAND,
    UNITS,
)

_ORDINAL = re.compile(rf"({'|'.join(ORDINAL_STEMS)})(?:ого|ьего|ое|ье|ому|ьему)")
_HALF_PAST = re.compile(r"\bпол(?:овин[аеуы])?[ -]?((?:" + "|".join(ORDINAL_STEMS) + r")(?:ого|ьего))\b")
_WORD = re.compile(r"[a-zа-я]+")
_HALF = re.compile(r"\s+с\s+половиной\b|\s+and\s+a\s+half\b")
TOP = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewritten:
    """`starts` and `ends` lead from each sign of `text` to what it stands for in the original."""

    text: str
    starts: Sequence[int]
    ends: Sequence[int]

    def original(self, start: int, end: int) -> tuple[int, int]:
        return self.starts[start], self.ends[end - 1]


@dataclass(slots=True, kw_only=True)
class _Numeral:
    """A number as its words come in. `room` is the scale that the next word must be under."""

    start: int
    end: int
    thousands: Decimal = Decimal(0)
    part: Decimal = Decimal(0)
    room: int = TOP
    words: int = 0

    @property
    def value(self) -> Decimal:
        return self.thousands + self.part

    def take(self, word: str) -> bool:
        """False where it does not go on with this word: «три пятьсот» are two numbers."""
        if word in THOUSAND:
            if self.thousands:
                return False
            self.thousands, self.part, self.room = (self.part or Decimal(1)) * 1000, Decimal(0), TOP
        elif word in HUNDRED:
            if not 0 < self.part < 100:  # twenty-five hundred
                return False
            self.part, self.room = self.part * 100, 100
        else:
            value, scale, needs = _scale_of(word)
            if self.room <= needs:
                return False
            self.part, self.room = self.part + value, scale
        self.words += 1
        return True

    def take_half(self, text: str) -> None:
        if half := _HALF.match(text, self.end):
            self.part, self.end = self.part + Decimal("0.5"), half.end()


def _scale_of(word: str) -> tuple[Decimal, int, int]:
    """Its value, what may follow it, and what must be free before it."""
    if word in HUNDREDS:
        return Decimal(HUNDREDS[word]), 100, 100
    if word in TENS:
        return Decimal(TENS[word]), 10, 10
    if word in TEENS:
        return Decimal(TEENS[word]), 1, 10
    if word in BY_NAME:
        return BY_NAME[word], 1, 100
    return Decimal(UNITS[word]), 1, 1


def fold(text: str) -> str:
    """Small letters without the dots of ё, sign by sign, so that places stay what they are."""
    return "".join(one.lower() if len(one.lower()) == 1 else one for one in text).replace("ё", "е")


def rewrite(text: str) -> Rewritten:
    folded = fold(text)
    pieces: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    at = 0

    def copy(until: int) -> None:
        pieces.append(folded[at:until])
        starts.extend(range(at, until))
        ends.extend(range(at + 1, until + 1))

    for start, end, digits in _replacements(folded):
        copy(start)
        pieces.append(digits)
        starts.extend([start] * len(digits))
        ends.extend([end] * len(digits))
        at = end
    copy(len(folded))
    return Rewritten(text="".join(pieces), starts=starts, ends=ends)


def _replacements(text: str) -> list[tuple[int, int, str]]:
    """In order, none over another."""
    halves = [
        (found.start(), found.end(), f"{(_ordinal(found[1]) - 2) % 12 + 1}:30")
        for found in _HALF_PAST.finditer(text)
    ]
    taken = [range(start, end) for start, end, _digits in halves]
    numbers = [one for one in _numbers(text) if not any(one[0] in span for span in taken)]
    return sorted([*halves, *numbers])


def _ordinal(word: str) -> int:
    found = _ORDINAL.fullmatch(word)
    return ORDINAL_STEMS[found[1]] if found else 0


def _numbers(text: str) -> Iterator[tuple[int, int, str]]:
    current: _Numeral | None = None
    for match in _WORD.finditer(text):
        word, start, end = match.group(), match.start(), match.end()
        if current is not None and not _is_joined(text[current.end : start], current, word):
            yield from _written(current)
            current = None
        if ordinal := _ordinal(word):
            yield from _ordinal_written(ordinal, start, end, current)
            current = None
        elif _is_number(word) and not (
            current is None and word in THOUSAND and _is_after_digits(text, start)
        ):
            if current is None or not current.take(word):
                yield from _written(current)
                current = _Numeral(start=start, end=end)
                current.take(word)
            current.end = end
            current.take_half(text)
    yield from _written(current)


def _ordinal_written(
    ordinal: int, start: int, end: int, before: _Numeral | None
) -> Iterator[tuple[int, int, str]]:
    """«Двадцать пятого» is one number."""
    if before is not None and before.room == 10 and ordinal < 10:
        start, ordinal = before.start, int(before.value) + ordinal
    else:
        yield from _written(before)
    yield start, end, f"{ordinal}-го"


def _is_number(word: str) -> bool:
    return any(word in words for words in (UNITS, TEENS, TENS, HUNDREDS, HUNDRED, THOUSAND, BY_NAME))


def _is_after_digits(text: str, at: int) -> bool:
    """«3 тысячи» is read where prices are."""
    return text[:at].rstrip()[-1:].isdigit() or bool(re.search(r"\d\s+с\s+половиной\s+$", text[:at]))


def _is_joined(between: str, current: _Numeral, word: str) -> bool:
    is_compound = between == "-" and current.room == 10 and word in UNITS  # twenty-five
    return is_compound or not between.strip()


def _written(numeral: _Numeral | None) -> Iterator[tuple[int, int, str]]:
    if numeral is None or not numeral.words or (numeral.words == 1 and numeral.value == 1):
        return  # «один из», «одна деталь»
    digits = f"{numeral.value.normalize():f}"
    yield numeral.start, numeral.end, digits
