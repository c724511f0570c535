"""The text of a campaign: `{имя}` and `{имя|клиент}` become each client's own words."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

# What may stand in braces, in either language, and which value it means.
NAMES = {
    "имя": "name",
    "name": "name",
    "устройство": "device",
    "device": "device",
    "организация": "company",
    "company": "company",
}
_PLACE = re.compile(r"\{([^{}|]*)(?:\|([^{}]*))?\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """`missing` are the places that had neither a value nor a fallback, as they were written."""

    text: str
    missing: tuple[str, ...] = ()


def unknown_places(text: str) -> list[str]:
    """Words in braces that mean nothing here: a client would read them as they are."""
    return [match[0] for match in _PLACE.finditer(text) if _meaning(match) is None]


def fill(text: str, values: Mapping[str, str]) -> Filled:
    missing: list[str] = []

    def put(match: re.Match[str]) -> str:
        value = values.get(_meaning(match) or "", "").strip()
        if not value and match[2] is None:
            missing.append(match[0])
        return value or (match[2] or "").strip()

    return Filled(text=_PLACE.sub(put, text), missing=tuple(missing))


def first_name(name: str) -> str:
    """Of «Иван Петров» the first word."""
    return name.split()[0] if name.split() else ""


def _meaning(match: re.Match[str]) -> str | None:
    return NAMES.get(match[1].strip().casefold())
