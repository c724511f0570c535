"""The section `tags`: which tags appeals can have."""

from typing import Any

from apps.appeals.models import Tag
from apps.tenants.models import Tenant
from apps.tenants.provisioning.entries import Entry, Name
from apps.tenants.provisioning.rows import given_of, keep
from apps.tenants.provisioning.run import Run

FIELDS = ("name", "colour")


class TagEntry(Entry):
    name: Name
    colour: str = "grey"


def apply(run: Run) -> None:
    for path, entry in run.several("tags", TagEntry, unique="name"):
        row = Tag.objects.filter(tenant=run.tenant, name=entry.name).first() or Tag(tenant=run.tenant)
        keep(run, path, row, given_of(entry, FIELDS), fields=FIELDS, what="tag", key=entry.name)


def exported(tenant: Tenant) -> list[dict[str, Any]]:
    return [{"name": one.name, "colour": one.colour} for one in Tag.objects.filter(tenant=tenant)]
