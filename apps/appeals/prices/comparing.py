"""What a file would do to the price list: nothing here writes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256
from typing import Any

from apps.appeals.models import PriceImport, PriceItem
from apps.appeals.prices.parsing import Problem, Row, parsed

# What an import may change of a line.
VALUES = (
    "brand",
    "model",
    "work",
    "part",
    "price",
    "price_to",
    "is_from",
    "currency",
    "warranty",
    "duration",
    "is_active",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A line as it is in the list now."""

    pk: int
    identity: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """`before` is None for a new line."""

    row: Row
    before: Known | None

    @property
    def values(self) -> dict[str, Any]:
        """As the whole line is to be."""
        old = self.before.values if self.before else {"currency": "RUB", "warranty": "", "duration": ""}
        return {**old, **self.row.values}

    @property
    def changed(self) -> list[str]:
        old = self.before.values if self.before else {}
        return [name for name in VALUES if old.get(name) != self.values[name]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """`fingerprint` is another one whenever anything else would be written."""

    new: list[Change]
    changed: list[Change]
    problems: list[Problem]
    gone: list[Known]
    unchanged: int
    fingerprint: str

    @property
    def writes(self) -> int:
        return len(self.new) + len(self.changed) + len(self.gone)

    @property
    def counts(self) -> dict[str, int]:
        return {
            "new": len(self.new),
            "changed": len(self.changed),
            "gone": len(self.gone),
            "unchanged": self.unchanged,
            "problems": len(self.problems),
        }


def plan_of(imported: PriceImport) -> Plan:
    known = {line.identity: line for line in known_lines(imported.tenant_id)}
    new, changed, problems, unchanged = [], [], [], 0
    mentioned: set[str] = set()
    for row in parsed(imported.cells, imported.columns, imported.header_rows):
        mentioned.add(row.identity)
        if isinstance(row, Problem):
            problems.append(row)
            continue
        change = Change(row=row, before=known.get(row.identity))
        if change.before is None:
            new.append(change)
        elif change.changed:
            changed.append(change)
        else:
            unchanged += 1
    # A line that stands in the file with a mistake is not missing from it.
    gone = [line for line in known.values() if line.values["is_active"] and line.identity not in mentioned]
    gone = gone if imported.switch_off else []
    return Plan(
        new=new,
        changed=changed,
        problems=problems,
        gone=gone,
        unchanged=unchanged,
        fingerprint=_fingerprint([*new, *changed], gone),
    )


def known_lines(tenant_id: int) -> Iterator[Known]:
    rows = PriceItem.objects.filter(tenant=tenant_id).order_by("pk")
    for pk, identity, *values in rows.values_list("pk", "identity", *VALUES).iterator(chunk_size=5000):
        yield Known(pk=pk, identity=identity, values=dict(zip(VALUES, values, strict=True)))


def _fingerprint(changes: list[Change], gone: list[Known]) -> str:
    digest = sha256()
    for change in changes:
        before = change.before.values if change.before else {}
        for name in VALUES:
            digest.update(f"{_plain(before.get(name))}\x1f{_plain(change.values[name])}\x1e".encode())
    for line in gone:
        digest.update(f"{line.pk}\x1e".encode())
    return digest.hexdigest()


def _plain(value: Any) -> str:
    return f"{value:.2f}" if isinstance(value, Decimal) else str(value)
