"""Clients' phones as the reader's role sees them: `phones` is `Scope.phones` or `Member.phones`."""

from collections.abc import Sequence
from typing import Any

from apps.core.phones import mask_dictated, mask_phone, mask_phones
from apps.tenants.models import Phones


def phone_for(value: str, phones: Any) -> str:
    """Of a field that holds a phone and nothing else. Where nobody said for whom, it is masked."""
    return value if phones == Phones.SHOWN else mask_phone(value)


def masked(words: Any, phones: Any) -> str:
    """Of words in which a phone may stand: a message's, a note's, a client's name."""
    text = "" if words is None else str(words)
    return text if phones == Phones.SHOWN else mask_phones(text)


def masked_lines(lines: Sequence[str], phones: Any) -> list[str]:
    """Of utterances one after the other, over which somebody dictates a phone in parts."""
    return [*lines] if phones == Phones.SHOWN else mask_dictated(lines)
