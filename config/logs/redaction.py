"""Blots secrets out of all that is logged: by the name they stand under, and by their shape in a text."""

import re
from collections.abc import Mapping
from typing import Any

BLOT = "•••"

# As in headers, query strings, JSON and settings: apiKey, X-API-Key, access_token, client_secret …
_NAME = r"authorization|cookie|api[_-]?key|secret|passw(?:or)?d|token|credential|signature|private[_-]?key"
_SECRET_NAME = re.compile(_NAME, re.IGNORECASE)

# Every repetition starts at a fixed word or is bounded: a megabyte of one character must not hold us up.
_NAMED = re.compile(
    # name=value, name: value, "name": "value", 'name': 'value', also escaped inside another string
    rf"""(?P<keep> (?P<name> (?:{_NAME}) [\w-]{{0,40}} ) (?: \\{{0,3}}["'] )?
        \s{{0,9}} (?: => | = | : ) \s{{0,9}} (?: b? \\{{0,3}}["'] )? )
    (?P<scheme> (?: bearer | basic | token | digest ) \s{{1,9}} )?
    (?P<value> [^\s"'&;,<>\\()\[\]{{}}]+ )""",
    re.IGNORECASE | re.VERBOSE,
)
_SHAPES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(?i)\b(bearer|basic)\s{1,9}[\w.~+/=-]{6,}"), rf"\1 {BLOT}"),
    (re.compile(r"\b(bot)\d{1,20}:[\w-]+"), rf"\1{BLOT}"),
    (re.compile(r"\b\d{6,20}:[\w-]{30,}"), BLOT),  # the same without its prefix
    (re.compile(r"\b(sk-)[\w-]{12,}"), rf"\1{BLOT}"),
    (re.compile(r"\beyJ[\w-]{8,4000}\.[\w-]+\.[\w-]*"), BLOT),  # a JWT
    (re.compile(r"(://[^\s:/@]{0,200}:)[^\s/@]{1,500}@"), rf"\1{BLOT}@"),  # scheme://user:password@host
)


def redact_text(text: str) -> str:
    text = _NAMED.sub(_blot_value, text)
    for pattern, replacement in _SHAPES:
        text = pattern.sub(replacement, text)
    return text


def _blot_value(match: re.Match[str]) -> str:
    if _counts_tokens(match["name"]) and match["value"].rstrip(".").isdecimal():
        return match[0]
    return f"{match['keep']}{match['scheme'] or ''}{BLOT}"


def _counts_tokens(name: str) -> bool:
    """An LLM's tokens are counted, not kept secret."""
    return "tokens" in name.lower()


def _hides(key: object, value: object) -> bool:
    if not isinstance(key, str) or not _SECRET_NAME.search(key) or value in (None, ""):
        return False
    return not (isinstance(value, int | float) and "token" in key.lower())


def redact(value: Any) -> Any:
    """A copy without secrets; what is no text, number or collection becomes its text."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return redact_text(value)
    if isinstance(value, Mapping):
        return {redact(key): BLOT if _hides(key, item) else redact(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [redact(item) for item in value]
    return redact_text(str(value))


def redact_event(_logger: object, _method: str, event: Any) -> Any:
    """The structlog processor: just before the renderer, when arguments and traceback are texts."""
    return {
        key: value if key.startswith("_") else BLOT if _hides(key, value) else redact(value)
        for key, value in event.items()
    }
