"""What the guard looks for: a figure stands in a text and may be read as one or several values."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    PRICE = "price"
    DATE = "date"
    TIME = "time"
    TERM = "term"  # how long something takes or holds
    PHONE = "phone"


class Value(NamedTuple):
    """`what` names the scale, so that 15 o'clock is never 15 roubles. `unit` is a price's currency or «%»,
    where the text names it.
    """

    what: str
    is_: str
    unit: str = ""

    def agrees(self, other: "Value") -> bool:
        same_unit = self.unit == other.unit or not self.unit or not other.unit
        return self.what == other.what and self.is_ == other.is_ and same_unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """`values` are all it may mean: «в 3» is three at night or in the afternoon."""

    kind: Kind
    start: int
    end: int
    text: str
    values: frozenset[Value]

    def agrees(self, values: frozenset[Value]) -> bool:
        return any(one.agrees(other) for one in self.values for other in values)


class Found(NamedTuple):
    """A figure where it stands in a rewritten text."""

    kind: Kind
    start: int
    end: int
    values: frozenset[Value]


def minutes_of_day(minutes: int) -> Value:
    return Value("time", str(minutes))


def minutes_long(minutes: int) -> Value:
    return Value("term", str(minutes))
