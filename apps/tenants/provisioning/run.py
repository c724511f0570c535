"""One pass over one file, as the sections see it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from apps.tenants.models import Tenant
from apps.tenants.provisioning.document import Document, Problem
from apps.tenants.provisioning.document import Path as FieldPath
from apps.tenants.provisioning.entries import Entry, read_entry
from apps.tenants.provisioning.report import CHANGED, CREATED, UNCHANGED, Change, Difference

E = TypeVar("E", bound=Entry)

# Told after the transaction: the kind of row, and the row.
FollowUp = Callable[[], tuple[str, dict[str, str]]]


class Run:
    """Sections work on the database at once, within one transaction.

    It is rolled back when any of them has a problem, so that all problems are found and nothing is half
    applied.
    """

    # Set by the section of the tenant, which comes first.
    tenant: Tenant

    def __init__(self, *, document: Document, folder: Path, dry_run: bool) -> None:
        self.document = document
        self.folder = folder
        self.dry_run = dry_run
        self.problems: list[Problem] = [*document.problems]
        self.changes: list[Change] = []
        self.told: dict[str, list[dict[str, str]]] = {}
        self.follow_ups: list[FollowUp] = []

    def problem(self, path: FieldPath, text: str) -> None:
        self.problems.append(self.document.problem(path, text))

    def one(self, name: str, model: type[E]) -> E | None:
        """The section `name` as one entry. None: it is missing or wrong; the latter is a problem already."""
        return self._read((name,), model, self.document.data[name]) if name in self.document.data else None

    def several(
        self, name: str, model: type[E], *, unique: str, within: str = ""
    ) -> Iterator[tuple[FieldPath, E]]:
        """The right entries of the list `name`, each with its place. No two may be alike in `unique`.

        `within` is the section that holds the list, where it is no section itself.
        """
        place: FieldPath = (within, name) if within else (name,)
        holder = self.document.data.get(within, {}) if within else self.document.data
        listed = holder.get(name, []) if isinstance(holder, dict) else []
        if not isinstance(listed, list):
            self.problem(place, "A list is expected here, each entry with a leading dash.")
            return
        seen: set[Any] = set()
        for index, data in enumerate(listed):
            path = (*place, index)
            entry = self._read(path, model, data)
            if entry is None:
                continue
            if (value := getattr(entry, unique)) in seen:
                self.problem((*path, unique), f"{value or 'It'} is listed twice.")
                continue
            seen.add(value)
            yield path, entry

    def note(
        self,
        what: str,
        key: str,
        *,
        created: bool,
        differences: tuple[Difference, ...] = (),
        notes: tuple[str, ...] = (),
        touched: bool = False,
    ) -> None:
        """`touched`: changed in a way that no difference tells, such as a password."""
        kind = CREATED if created else CHANGED if differences or touched else UNCHANGED
        self.changes.append(Change(kind=kind, what=what, key=key, differences=differences, notes=notes))

    def is_new(self, what: str, key: str) -> bool:
        return any((one.kind, one.what, one.key) == (CREATED, what, key) for one in self.changes)

    def tell(self, kind: str, **row: str) -> None:
        self.told.setdefault(kind, []).append(row)

    def afterwards(self, follow_up: FollowUp) -> None:
        """Once everything is committed, and not in a dry run: the place for requests to services."""
        self.follow_ups.append(follow_up)

    def _read(self, path: FieldPath, model: type[E], data: Any) -> E | None:
        found = read_entry(model, data, folder=self.folder)
        if isinstance(found, Entry):
            return found
        for inner, text in found:
            self.problem((*path, *inner), text)
        return None
