"""All figures of a text, each sign of it in one figure at most."""

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from functools import partial

from apps.appeals.guarding.dates import find_dates
from apps.appeals.guarding.figures import Figure, Found
from apps.appeals.guarding.phones import find_phones
from apps.appeals.guarding.prices import find_prices, heard_prices
from apps.appeals.guarding.spelled import Rewritten, rewrite
from apps.appeals.guarding.times import find_terms, find_times

_ADDRESS = re.compile(r"https?://\S+|www\.\S+|\S+@\S+\.\w+")
# No letter, no digit and no space: nothing is read across it.
TAKEN = "¦"


def find_figures(text: str, *, today: date, aloud: bool = False) -> list[Figure]:
    """In the order of the text. `today` is the day on which it was said or will be read.

    `aloud`: the words of a person of ours, in whose mouth «три пять» is a price. Then figures may overlap.
    """
    rewritten = rewrite(_ADDRESS.sub(lambda found: TAKEN * len(found.group()), text))
    figures: list[Figure] = []
    words = rewritten.text
    finders: list[Callable[[str], Iterator[Found]]] = [
        find_phones,
        partial(find_dates, today=today),
        find_times,
        find_terms,
    ]
    # What is found first is not looked at again: a date in digits is no price.
    for finder in finders:
        found = _apart(finder(words))
        figures += _figures(text, rewritten, found)
        words = _masked(words, found)
    figures += _figures(text, rewritten, _apart(find_prices(words)))
    if aloud:
        figures += _figures(text, rewritten, heard_prices(words))
    return sorted(figures, key=lambda figure: (figure.start, -figure.end))


def _apart(found: Iterable[Found]) -> list[Found]:
    """Of those that overlap the longest."""
    kept: list[Found] = []
    for one in sorted(found, key=lambda figure: (figure.start - figure.end, figure.start)):
        if all(one.end <= other.start or other.end <= one.start for other in kept):
            kept.append(one)
    return kept


def _masked(text: str, found: Iterable[Found]) -> str:
    for one in found:
        text = text[: one.start] + TAKEN * (one.end - one.start) + text[one.end :]
    return text


def _figures(text: str, rewritten: Rewritten, found: Iterable[Found]) -> Iterator[Figure]:
    for one in found:
        start, end = rewritten.original(one.start, one.end)
        yield Figure(kind=one.kind, start=start, end=end, text=text[start:end], values=one.values)
