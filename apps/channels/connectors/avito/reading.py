"""Avito's ids, and which way a message went."""

import re

from apps.channels.shapes import Shape, unexpected, word

# `u2i-abc~DEF`, numbers, and whatever else is one word; dots alone would climb in an address.
_ID = re.compile(r"(?!\.+$)[!-~]{1,100}")


def id_of(shape: Shape, name: str) -> str:
    """Kept as text. Without it an event says nothing: Rejected."""
    value = shape.get(name)
    text = str(value) if isinstance(value, (int, str)) and not isinstance(value, bool) else ""
    if not _ID.fullmatch(text):
        raise unexpected()
    return text


def direction_of(value: Shape) -> str:
    """«in» or «out» where it is said; in webhooks of Avito's own it never is."""
    said = word(value, "direction")
    return said if said in ("in", "out") else ""


def is_own(value: Shape) -> bool:
    """Written by our side: `user_id` is the account that the webhook is of, `author_id` who wrote."""
    said = direction_of(value)
    return said == "out" if said else id_of(value, "author_id") == id_of(value, "user_id")
