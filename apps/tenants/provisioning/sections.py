"""Which top-level keys a file may have: each installed app's `provision.py` answers for its own."""

import re
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Protocol

from django.apps import apps

from apps.tenants.models import Tenant
from apps.tenants.provisioning.run import Run


class Exported:
    """The file in the making."""

    def __init__(self) -> None:
        self.data: dict[str, Any] = {}
        self.remarks: list[str] = []
        self.variables: list[str] = []

    def secret(self, key: str, field: str) -> dict[str, str]:
        """What stands in the file for a secret of the thing `key`."""
        name = re.sub(r"\W", "_", f"{key}_{field}", flags=re.ASCII).upper()
        name = f"_{name}" if name[0].isdigit() else name
        while name in self.variables:
            name += "_"
        self.variables.append(name)
        return {"env": name}

    def remark(self, text: str) -> None:
        """Written at the head of the file, for its reader."""
        self.remarks.append(text)


class Section(Protocol):
    """`SECTION` of an app's `provision` module. What the file does not name is left alone."""

    @property
    def names(self) -> tuple[str, ...]:
        """The top-level keys it answers for."""

    @property
    def order(self) -> int:
        """Lower ones first: a section may build on what those before it made."""

    def apply(self, run: Run) -> None:
        """Called for every file, in a transaction; no network.

        Wrong entries go to `run.problem`, and the others are applied all the same.
        """

    def export(self, tenant: Tenant, into: Exported) -> None:
        """Adds to `into.data`, under its own names, what `apply` would make the same again from."""


@cache
def sections() -> tuple[Section, ...]:
    found: list[Section] = []
    for config in apps.get_app_configs():
        if config.name.startswith("apps.") and find_spec(f"{config.name}.provision") is not None:
            found.append(import_module(f"{config.name}.provision").SECTION)
    return tuple(sorted(found, key=lambda section: section.order))


def section_names() -> tuple[str, ...]:
    return tuple(name for section in sections() for name in section.names)
