"""Ids as Avito and a server in between write them, and which way a message went."""

import re
from typing import Any

from apps.channels.shapes import Shape, unexpected, word
from apps.core.text import clean_name

# `u2i-abc~DEF`, numbers, and whatever else is one word; dots alone would climb in an address.
_ID = re.compile(r"(?!\.+$)[!-~]{1,100}")
_LONGEST = 200


def id_of(shape: Shape, name: str) -> str:
    """Kept as text. Without it an event says nothing: Rejected."""
    value = shape.get(name)
    text = str(value) if isinstance(value, (int, str)) and not isinstance(value, bool) else ""
    if not _ID.fullmatch(text):
        raise unexpected()
    return text


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


def direction_of(value: Shape) -> str:
    """«in» or «out» where it is said; in webhooks of Avito's own it never is."""
    said = word(value, "direction").lower()
    return said if said in ("in", "out") else ""


def is_own(value: Shape) -> bool:
    """Written by our side: `user_id` is the account that the webhook is of, `author_id` who wrote."""
    said = direction_of(value)
    return said == "out" if said else id_of(value, "author_id") == id_of(value, "user_id")


def our_side(chat: str) -> str:
    """Who is meant by a message of our own: it names no client but by its chat."""
    return f"chat:{chat}"
