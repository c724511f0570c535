"""Whether the storage does what files need of it, by a probe that is written, read, and deleted again."""

import io
import os
import uuid
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.core.files.stores.failing import StoreFailure, failure_of

FOLDER = "checks"
SIZE = 4096

_OVERWRITES = _(
    "The store writes over a file of the same name. Ours are unique, so that nothing is lost by it."
)
_OPEN = _(
    "Everybody can read the bucket who knows a file's address: make it private, or say ?public=yes in "
    "STORAGE_URL if that is wanted."
)


def check(store: Any) -> list[Promise]:
    """What to look at although it works. Raises StoreFailure, which says what to do."""
    try:
        return _check(store, f"{FOLDER}/{uuid.uuid4().hex}", os.urandom(SIZE))
    except FileNotFoundError:
        raise StoreFailure("not_kept") from None
    except OSError as error:
        raise failure_of(error) from None


def _check(store: Any, name: str, content: bytes) -> list[Promise]:
    if not _place(store, name, content):
        raise StoreFailure("not_kept")
    try:
        warnings = _read(store, name, content)
    except OSError:
        _clear_away(store, name)
        raise
    store.delete(name)
    if store.exists(name):
        raise StoreFailure("forbidden")
    return warnings


def _read(store: Any, name: str, content: bytes) -> list[Promise]:
    half = SIZE // 2
    if store.size(name) != SIZE or store.read_part(name, 0, SIZE) != content:
        raise StoreFailure("not_kept")
    if store.read_part(name, half, half) != content[half:]:
        raise StoreFailure("no_parts")
    found = {_OVERWRITES: _place(store, name, b"another"), _OPEN: store.leaks(name)}
    return [warning for warning, is_so in found.items() if is_so]


def _place(store: Any, name: str, content: bytes) -> bool:
    """The write itself: what a bucket says of it tells more than what it says to a look."""
    place = getattr(store, "place_unseen", store.place)
    return bool(place(name, io.BytesIO(content)))


def _clear_away(store: Any, name: str) -> None:
    """What went wrong before is what is told."""
    try:
        store.delete(name)
    except OSError:
        return
