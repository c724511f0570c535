"""The lists `call_analysis.checklists` and `.tables` of a tenant's file. A changed question is a version."""

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from apps.callanalysis.models import Checklist, ColumnType, Office, Questionnaire, Table
from apps.callanalysis.publishing import MOST_ITEMS, column, in_force, put_in_force, stage
from apps.integrations.models import WebhookEndpoint
from apps.tenants.models import Tenant
from apps.tenants.provisioning.document import Path
from apps.tenants.provisioning.entries import Entry, Key, LongName
from apps.tenants.provisioning.rows import given_of, keep
from apps.tenants.provisioning.run import Run
from apps.tenants.provisioning.sections import Exported

SECTION = "call_analysis"
FIELDS = ("is_active", "for_calls", "for_chats", "deal_stages", "funnels")

KINDS = ("calls", "chats")

Flag = Annotated[bool, Field(strict=True)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)]
ItemId = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=50)]
Ids = list[Annotated[str, StringConstraints(min_length=1, max_length=200)]]


class StageEntry(Entry):
    id: ItemId
    name: LongName
    criterion: Text = ""
    weight: Annotated[int, Field(strict=True, ge=1, le=100)] = 1
    critical: Flag = False


class FieldEntry(Entry):
    name: Annotated[str, StringConstraints(pattern=re.compile(r"^[^\W\d]\w{0,49}$"))]
    title: LongName
    type: ColumnType = ColumnType.TEXT
    question: Text = ""
    options: list[LongName] = []

    @model_validator(mode="after")
    def _has_options(self) -> "FieldEntry":
        if (self.type == ColumnType.CHOICE) != bool(self.options):
            raise ValueError("A column of the type «choice» has options, and no other has.")
        return self


def _apart(name: str) -> AfterValidator:
    """No two alike, and not too many for one question to a model."""

    def check(items: list[Any]) -> list[Any]:
        values = [getattr(one, name) for one in items]
        if twice := [value for place, value in enumerate(values) if value in values[:place]]:
            raise ValueError(f"{twice[0]} is listed twice.")
        if not 0 < len(items) <= MOST_ITEMS:
            raise ValueError(f"From 1 to {MOST_ITEMS} are possible.")
        return items

    return AfterValidator(check)


class _Entry(Entry):
    """`webhook` by its key, null for none; `offices` by the CRM's ids. What is not given stays."""

    active: Flag = True
    applies_to: list[Literal["calls", "chats"]] = ["calls"]
    webhook: Key | None = None
    offices: Ids = []
    deal_stages: Ids = []
    funnels: Ids = []


class ChecklistEntry(_Entry):
    name: LongName
    stages: Annotated[list[StageEntry], _apart("id")] = []


class TableEntry(_Entry):
    id: Key
    name: LongName
    fields: Annotated[list[FieldEntry], _apart("name")] = []


def apply_checklists(run: Run) -> None:
    for path, entry in run.several("checklists", ChecklistEntry, unique="name", within=SECTION):
        row = Checklist.objects.filter(tenant=run.tenant, name=entry.name).first()
        items = [stage(**one.model_dump()) for one in entry.stages]
        row = row or Checklist(tenant=run.tenant, name=entry.name)
        _apply(run, path, row, entry, items=items, what="checklist", key=entry.name, name="stages")


def apply_tables(run: Run) -> None:
    for path, entry in run.several("tables", TableEntry, unique="id", within=SECTION):
        row = Table.objects.filter(tenant=run.tenant, public_id=entry.id).first()
        items = [column(**one.model_dump()) for one in entry.fields]
        row = row or Table(tenant=run.tenant, public_id=entry.id)
        _apply(run, path, row, entry, items=items, what="table", key=entry.id, name="fields")


def _apply(
    run: Run,
    path: Path,
    row: Questionnaire,
    entry: Any,
    *,
    items: Sequence[Mapping[str, Any]],
    what: str,
    key: str,
    name: str,
) -> None:
    before = _beside(row, name)
    webhook, offices = _webhook(run, path, entry), _offices(run, path, entry)
    is_whole = bool(items) or before[name] is not None
    if not is_whole:
        run.problem((*path, name), "It is required.")
    if webhook is _WRONG or offices is None or not is_whole:
        return
    if "webhook" in entry.model_fields_set:
        row.webhook = webhook
    given = _given(entry)
    after = _wanted(before, entry, items, name)
    if not keep(run, path, row, given, fields=("name", *FIELDS), what=what, key=key, more=(before, after)):
        return
    if after["offices"] != before["offices"]:
        row.offices.set(offices)
    if items:
        put_in_force(owner=row, items=items, user=None)


def _given(entry: Any) -> dict[str, Any]:
    given = given_of(entry, ("name", "deal_stages", "funnels"))
    if "active" in entry.model_fields_set:
        given["is_active"] = entry.active
    if "applies_to" in entry.model_fields_set:
        given |= {f"for_{kind}": kind in entry.applies_to for kind in KINDS}
    return given


def _wanted(
    before: Mapping[str, Any], entry: Any, items: Sequence[Mapping[str, Any]], name: str
) -> dict[str, Any]:
    after = dict(before)
    if "webhook" in entry.model_fields_set:
        after["webhook"] = entry.webhook
    if "offices" in entry.model_fields_set:
        after["offices"] = sorted(entry.offices)
    if items:
        after[name] = list(items)
    return after


def _beside(row: Questionnaire, name: str) -> dict[str, Any]:
    """What keep() cannot read off the row's own fields."""
    version = in_force(row) if row.pk else None
    return {
        "webhook": row.webhook.key if row.webhook else None,
        "offices": sorted(row.offices.values_list("external_id", flat=True)) if row.pk else [],
        name: version.items if version else None,
    }


_WRONG: Any = object()


def _webhook(run: Run, path: Path, entry: Any) -> Any:
    if entry.webhook is None:
        return None
    found = WebhookEndpoint.objects.filter(tenant=run.tenant, key=entry.webhook).first()
    if found is None:
        text = f"There is no webhook «{entry.webhook}». List it under «call_analysis: webhooks»."
        run.problem((*path, "webhook"), text)
        return _WRONG
    return found


def _offices(run: Run, path: Path, entry: Any) -> list[Office] | None:
    found = list(Office.objects.filter(tenant=run.tenant, external_id__in=entry.offices))
    if unknown := set(entry.offices) - {one.external_id for one in found}:
        run.problem((*path, "offices"), f"There is no office «{min(unknown)}».")
        return None
    return found


def exported_checklists(tenant: Tenant, into: Exported) -> list[dict[str, Any]]:
    rows = Checklist.objects.filter(tenant=tenant).select_related("webhook")
    return [
        {"name": one.name, **_exported(one), "stages": [_told(item, STAGE) for item in version.items]}
        for one in rows
        if (version := in_force(one))
    ]


def exported_tables(tenant: Tenant, into: Exported) -> list[dict[str, Any]]:
    rows = Table.objects.filter(tenant=tenant).select_related("webhook")
    return [
        {
            "id": one.public_id,
            "name": one.name,
            **_exported(one),
            "fields": [_told(item, COLUMN) for item in version.items],
        }
        for one in rows
        if (version := in_force(one))
    ]


STAGE, COLUMN = stage(id="", name=""), column(name="", title="")


def _told(item: Mapping[str, Any], usual: Mapping[str, Any]) -> dict[str, Any]:
    """Without what is so anyway. The type of a column is told always."""
    return {name: value for name, value in item.items() if name == "type" or value != usual[name]}


def _exported(row: Questionnaire) -> dict[str, Any]:
    """A webhook that is switched off is not in the file, and so cannot be named."""
    found: dict[str, Any] = {
        "active": row.is_active,
        "applies_to": [kind for kind in KINDS if getattr(row, f"for_{kind}")],
        "webhook": row.webhook.key if row.webhook and row.webhook.is_active else None,
        "offices": sorted(row.offices.values_list("external_id", flat=True)),
        "deal_stages": row.deal_stages,
        "funnels": row.funnels,
    }
    usual: dict[str, Any] = {
        "active": True,
        "applies_to": ["calls"],
        "webhook": None,
        "offices": [],
        "deal_stages": [],
        "funnels": [],
    }
    return {name: value for name, value in found.items() if value != usual[name]}
