"""Ids as Avito and the server in between write them: numbers or text such as «u2i-…»."""

from typing import Any

from apps.channels.shapes import Shape
from apps.core.text import clean_name

_LONGEST = 200


def as_key(value: Any) -> str:
    """An id as text; empty where there is none, or none that could be one."""
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        return ""
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        return ""
    text = str(value)
    # What had to be made fit would be another id than the one that came.
    return text if text and len(text) <= _LONGEST and text == clean_name(text) else ""


def first_key(*places: tuple[Shape, str]) -> str:
    """The first of these fields that holds an id."""
    return next((key for shape, name in places if (key := as_key(shape.get(name)))), "")
