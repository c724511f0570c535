"""Careful reading of a messenger's fields: what is not of the expected type is as good as absent."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.core.errors import Rejected
from apps.core.text import clean
from apps.core.time import from_vendor

Shape = Mapping[str, Any]
_LONGEST_ID = 64


_JSON = json.JSONDecoder(strict=False)


def unexpected() -> Rejected:
    return Rejected(_("This is not what the messenger is known to send."), code="unexpected_shape")


def decoded(body: bytes) -> Shape:
    """A body's JSON object. Raises Rejected for anything else; lone surrogates pass."""
    try:
        found = _JSON.decode(body.decode("utf-8-sig", "surrogatepass"))
    except (ValueError, RecursionError):
        raise unexpected() from None
    if not isinstance(found, dict):
        raise unexpected()
    return found


def parts(shape: Shape, name: str) -> list[Shape]:
    """The objects of a list; whatever else is in it is left out."""
    value = shape.get(name)
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def part(shape: Shape, name: str) -> Shape:
    value = shape.get(name)
    return value if isinstance(value, dict) else {}


def word(shape: Shape, name: str) -> str:
    """Text that can be stored and shown."""
    value = shape.get(name)
    return clean(value, limit=None) if isinstance(value, str) else ""


def number(shape: Shape, name: str) -> int | None:
    """A size or a length; columns end at 2^31."""
    value = shape.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31 else None


def decimal(shape: Shape, name: str) -> float | None:
    value = shape.get(name)
    return float(value) if isinstance(value, (int, float)) and abs(value) <= 180 else None


def as_words(value: Any) -> str:
    """What a program wrote for itself, as a person can read it: {"order": 5} is «order: 5»."""
    try:
        found = json.loads(value) if isinstance(value, str) else value
    except (ValueError, RecursionError):
        found = value
    if not isinstance(found, dict):
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    said = (
        (name, one if isinstance(one, str) else json.dumps(one, ensure_ascii=False))
        for name, one in found.items()
    )
    return clean(", ".join(f"{name}: {one}" for name, one in said), limit=None)


def as_id(value: Any) -> str:
    """A number of up to 64 bits, kept as text. Without it an update says nothing: Rejected."""
    text = str(value) if isinstance(value, (int, str)) and not isinstance(value, bool) else ""
    if not (text.isascii() and text.removeprefix("-").isdecimal() and len(text) <= _LONGEST_ID):
        raise unexpected()
    return text


def moment(value: Any, received_at: datetime) -> datetime:
    """When the messenger says it was (seconds, milliseconds or text); when it came, where that cannot be."""
    known = value if isinstance(value, (int, float, str)) else None
    return from_vendor(known, default_tz=UTC, now=received_at)
