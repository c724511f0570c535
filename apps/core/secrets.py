"""Secrets at rest and before people: encrypted by the newest key, masked on screens, blotted out of texts."""

from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import quote, quote_plus

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

PREFIX = "f1$"
BLOT = "•••"
DOTS = "••••"


class Undecryptable(Exception):
    """None of CREDENTIALS_KEYS opens this value: a key was lost, or the value was not written by us."""

    def __init__(self) -> None:
        super().__init__("None of CREDENTIALS_KEYS opens this value. Put the key it was written with back.")


@lru_cache(maxsize=4)
def _fernets(keys: tuple[str, ...]) -> tuple[Fernet, ...]:
    try:
        return tuple(Fernet(key) for key in keys)
    except ValueError:
        raise ImproperlyConfigured(
            "CREDENTIALS_KEYS must be Fernet keys (32 bytes, URL-safe base64)."
        ) from None


def _keys() -> tuple[Fernet, ...]:
    fernets = _fernets(tuple(settings.CREDENTIALS_KEYS))
    if not fernets:
        raise ImproperlyConfigured("CREDENTIALS_KEYS is empty.")
    return fernets


def encrypt(value: str) -> str:
    # Lone surrogates (a vendor's broken JSON) survive the round trip.
    return PREFIX + _keys()[0].encrypt(value.encode("utf-8", "surrogatepass")).decode("ascii")


def decrypt(value: str) -> str:
    """Raises `Undecryptable`; never gives the ciphertext back as if it were the value."""
    return _open(MultiFernet(_keys()), value)


def is_current(value: str) -> bool:
    """Whether the newest key wrote it."""
    try:
        _open(_keys()[0], value)
    except Undecryptable:
        return False
    return True


def _open(fernet: Fernet | MultiFernet, value: str) -> str:
    if not value.startswith(PREFIX):
        raise Undecryptable
    try:
        return fernet.decrypt(value.removeprefix(PREFIX).encode()).decode("utf-8", "surrogatepass")
    except (InvalidToken, ValueError):
        raise Undecryptable from None


def mask(value: str) -> str:
    """Dots and the last four characters; dots alone where those would be much of it."""
    return DOTS + value[-4:] if len(value) > 8 else DOTS if value else ""


def blot(text: str, secrets: Iterable[str]) -> str:
    """Replaces each secret, plain or URL-encoded, by dots. Under four characters nothing is taken for one."""
    forms = {
        form
        for secret in secrets
        if len(secret) >= 4
        for form in (secret, quote(secret, ""), quote_plus(secret))
    }
    for form in sorted(forms, key=len, reverse=True):
        text = text.replace(form, BLOT)
    return text
