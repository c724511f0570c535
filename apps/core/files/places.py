"""Stores as commands name them: by an address, by the variable that holds one, or as the one in use."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string
from django.views.decorators.debug import sensitive_variables

# It stands on a floor above core, which imports none of it: by name.
BACKEND = "config.storage.backend"
HELP = (
    "`current` is the one in use, `local` the folder DATA_DIR/files, `env:NAME` the address in a variable, "
    "so that no key is seen in the list of processes; or the address itself, as STORAGE_URL has it"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    store: Any
    label: str  # what and where, without a secret; the same for the same place

    def __str__(self) -> str:
        return self.label


@sensitive_variables()
def place_named(word: str) -> Place:
    """Raises ImproperlyConfigured, which repeats no secret."""
    if word == "current":
        return _place(settings.STORAGES["default"])
    make: Callable[[str, Path], dict[str, Any]] = import_string(BACKEND)
    return _place(make(_address(word), Path(settings.MEDIA_ROOT)))


def _address(word: str) -> str:
    if word == "local":
        return ""
    name = word.removeprefix("env:")
    if name == word:
        return word
    if found := os.environ.get(name, ""):
        return found
    if path := os.environ.get(f"{name}_FILE", ""):
        return Path(path).read_text().strip()
    raise ImproperlyConfigured(f"There is no variable {name}: set it to an address, as STORAGE_URL has it.")


def _place(found: dict[str, Any]) -> Place:
    options = found.get("OPTIONS", {})
    store = import_string(found["BACKEND"])(**options)
    if "location" in options:
        return Place(store=store, label=f"folder {options['location']}")
    address = options.get("endpoint_url") or options.get("address", "")
    bucket = options.get("bucket_name") or options.get("bucket", "")
    parts = urlsplit(address)
    return Place(store=store, label=f"bucket {bucket} at {parts.netloc}")
