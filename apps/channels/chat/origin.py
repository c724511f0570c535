"""Where a visitor came from, as the widget tells it: trusted no further than any word of a client."""

from typing import Any

from apps.core.text import clean

PAGE = 300
AD_CHANNEL = 60
AD_ID = 200
PREFILLED = 20
WORD = 200


def read_origin(value: Any) -> dict[str, Any]:
    """`page`, `ad_channel`, `ad_id` and `prefilled` (flat words: a phone's model), each cut to size."""
    if not isinstance(value, dict):
        return {}
    found: dict[str, Any] = {
        "page": _word(value.get("page"), PAGE),
        "ad_channel": _word(value.get("ad_channel"), AD_CHANNEL),
        "ad_id": _word(value.get("ad_id"), AD_ID),
        "prefilled": _prefilled(value.get("prefilled")),
    }
    return {name: part for name, part in found.items() if part}


def _prefilled(value: Any) -> dict[str, str]:
    if not isinstance(value, dict):
        return {}
    words = {_word(name, 50): _word(word, WORD) for name, word in list(value.items())[:PREFILLED]}
    return {name: word for name, word in words.items() if name and word}


def _word(value: Any, longest: int) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return clean(str(value).strip(), limit=longest)
