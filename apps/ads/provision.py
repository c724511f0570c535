"""The section `audiences`: whom advertising is for, and in which accounts, from a tenant's file."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator

from apps.ads.filtering import LONGEST
from apps.ads.launching import platforms
from apps.ads.models import Audience
from apps.ads.placing import place
from apps.integrations.models import Connection
from apps.tenants.models import Tenant
from apps.tenants.provisioning.document import Path
from apps.tenants.provisioning.entries import Entry, Key, Name
from apps.tenants.provisioning.rows import given_of, keep, state
from apps.tenants.provisioning.run import Run
from apps.tenants.provisioning.sections import Exported

FIELDS = ("filter", "is_active", "hour")
Status = Literal["new", "in_progress", "waiting", "agreed", "rejected", "closed"]


class FilterEntry(Entry):
    statuses: list[Status] = []
    days: Annotated[int, Field(ge=0, le=LONGEST)] = 0
    since: str = ""
    until: str = ""
    reason: str = ""
    device: str = ""
    city: str = ""
    tags: list[Name] = []

    @field_validator("since", "until", mode="before")
    @classmethod
    def _is_day(cls, value: Any) -> str:
        """YAML reads an unquoted day as one."""
        try:
            return date.fromisoformat(str(value)).isoformat() if value else ""
        except ValueError:
            raise ValueError("A day is expected here, such as 2026-01-31.") from None


class AudienceEntry(Entry):
    name: Name
    filter: FilterEntry = FilterEntry()
    connections: list[Key] = []
    is_active: Annotated[bool, Field(strict=True)] = True
    hour: Annotated[int, Field(ge=0, le=23)] = 4


class _Section:
    names = ("audiences",)
    # After the connections, which it names.
    order = 46

    def apply(self, run: Run) -> None:
        for path, entry in run.several("audiences", AudienceEntry, unique="name"):
            _apply(run, path, entry)

    def export(self, tenant: Tenant, into: Exported) -> None:
        rows = Audience.objects.filter(tenant=tenant).order_by("name")
        found = [{"name": row.name, **state(row, FIELDS), "connections": _keys(row)} for row in rows]
        if found:
            into.data["audiences"] = found


SECTION = _Section()


def _apply(run: Run, path: Path, entry: AudienceEntry) -> None:
    row = Audience.objects.filter(tenant=run.tenant, name=entry.name).first()
    row = row or Audience(tenant=run.tenant, name=entry.name)
    before = _keys(row) if row.pk else []
    given = given_of(entry, FIELDS)
    if "filter" in given:
        given["filter"] = {name: of for name, of in entry.filter.model_dump().items() if of}
    named = "connections" in entry.model_fields_set
    accounts = _accounts(run, path, entry.connections) if named else None
    if named and accounts is None:
        return
    after = sorted(one.key for one in accounts) if accounts is not None else before
    more = ({"connections": before}, {"connections": after})
    kept = keep(run, path, row, given, fields=FIELDS, what="audience", key=entry.name, more=more)
    if kept and accounts is not None:
        place(row, accounts)


def _accounts(run: Run, path: Path, keys: list[str]) -> list[Connection] | None:
    """None where one of them is no advertising account, which is told."""
    rows = Connection.objects.filter(tenant=run.tenant, connector__in=platforms(), key__in=keys)
    found = {row.key: row for row in rows}
    if missing := [key for key in keys if key not in found]:
        run.problem((*path, "connections"), f"There is no advertising account «{missing[0]}».")
        return None
    return list(found.values())


def _keys(audience: Audience) -> list[str]:
    wanted = audience.placements.filter(is_wanted=True, connection__is_active=True)
    return sorted(wanted.values_list("connection__key", flat=True))
