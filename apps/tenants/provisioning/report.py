"""What a run did, or would do: changes field by field, addresses, checks, problems."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from apps.tenants.provisioning.document import Problem

CREATED: Literal["created"] = "created"
CHANGED: Literal["changed"] = "changed"
UNCHANGED: Literal["unchanged"] = "unchanged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Values as they may be shown: secrets masked. None: there was nothing, or there is nothing now."""

    field: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    kind: Literal["created", "changed", "unchanged"]
    what: str
    key: str
    differences: tuple[Difference, ...] = ()
    # What a value cannot say: that a password is another one, or what is still to be done.
    notes: tuple[str, ...] = ()


@dataclass(slots=True, kw_only=True)
class Report:
    """`told` are rows of addresses, new keys and the like, by kind: shown to the person, stored nowhere."""

    tenant: str = ""
    dry_run: bool = False
    changes: list[Change] = field(default_factory=list)
    told: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    @property
    def is_change(self) -> bool:
        return any(change.kind != UNCHANGED for change in self.changes)


def compare(before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> tuple[Difference, ...]:
    """Of a new thing: what it has. Of an old one: what differs."""
    old = before or {}
    return tuple(
        Difference(field=name, before=shown(old.get(name)), after=shown(value))
        for name, value in after.items()
        if (value != old.get(name) if before is not None else shown(value) is not None)
    )


def shown(value: Any) -> str | None:
    if value is None or value in ("", [], {}):
        return None
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return str(value)
