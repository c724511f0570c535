"""The section `orders`: how a CRM's orders come about, from a tenant's file."""

from typing import Annotated, Any, Literal

from pydantic import Field

from apps.crm.composing import PRICE
from apps.crm.models import FieldMapping, OrderRules, StatusMapping
from apps.crm.ordering import crms
from apps.crm.sourcing import NOTHING, PREFILLED, SOURCES, TEXT
from apps.crm.wording import fields_of
from apps.tenants.models import Tenant
from apps.tenants.provisioning.document import Path
from apps.tenants.provisioning.entries import Entry, Key, Name
from apps.tenants.provisioning.rows import given_of, keep, state
from apps.tenants.provisioning.run import Run
from apps.tenants.provisioning.sections import Exported

RULES, FIELD, STATUS = ("sends_itself",), ("source", "text", "owner"), ("status", "message")


class FieldEntry(Entry):
    field: Name
    source: str = ""
    text: str = ""
    owner: Literal["", "ours", "theirs"] = ""


class StatusEntry(Entry):
    """`remote` as the CRM calls it."""

    remote: Name
    status: Literal["", "new", "in_progress", "waiting", "ready", "completed", "cancelled"] = ""
    message: str = ""


class OrdersEntry(Entry):
    connection: Key
    sends_itself: Annotated[bool, Field(strict=True)] = True
    fields: list[FieldEntry] = []
    statuses: list[StatusEntry] = []


class _Section:
    names = ("orders",)
    # After the connections, which it names.
    order = 45

    def apply(self, run: Run) -> None:
        for path, entry in run.several("orders", OrdersEntry, unique="connection"):
            rules = _rules(run, (*path, "connection"), entry.connection)
            if rules is not None:
                keep(
                    run,
                    path,
                    rules,
                    given_of(entry, RULES),
                    fields=RULES,
                    what="orders",
                    key=entry.connection,
                )
                _apply_fields(run, path, rules, entry)
                _apply_statuses(run, path, rules, entry)

    def export(self, tenant: Tenant, into: Exported) -> None:
        rows = OrderRules.objects.filter(tenant=tenant, connection__is_active=True)
        rows = rows.filter(connection__connector__in=crms()).select_related("connection")
        found = [_exported(row) for row in rows.order_by("connection__key")]
        if found:
            into.data["orders"] = found


SECTION = _Section()


def _rules(run: Run, path: Path, key: str) -> OrderRules | None:
    """None where there is no such CRM, which is told; what is wrong with a listed one is told there."""
    rules = (
        OrderRules.objects.filter(tenant=run.tenant, connection__key=key).select_related("connection").first()
    )
    listed = run.document.data.get("connections")
    entries = listed if isinstance(listed, list) else []
    if rules is None and not any(isinstance(one, dict) and one.get("key") == key for one in entries):
        run.problem(path, f"There is no CRM «{key}».")
    return rules


def _apply_fields(run: Run, path: Path, rules: OrderRules, entry: OrdersEntry) -> None:
    known = {field.name for field in fields_of(rules.connection)} | {PRICE}
    for place, one in enumerate(entry.fields):
        here = (*path, "fields", place)
        if one.field not in known:
            run.problem((*here, "field"), f"Its orders have: {', '.join(sorted(known))}.")
        elif one.source and not _is_source(one.source):
            usual = ", ".join([TEXT, NOTHING, *SOURCES])
            run.problem((*here, "source"), f"Choose one of: {usual}, or {PREFILLED}… with a name.")
        else:
            row = FieldMapping.objects.filter(connection=rules.connection, field=one.field).first()
            row = row or FieldMapping(tenant=run.tenant, connection=rules.connection, field=one.field)
            key = f"{entry.connection}.{one.field}"
            keep(run, here, row, given_of(one, FIELD), fields=FIELD, what="field of orders", key=key)


def _apply_statuses(run: Run, path: Path, rules: OrderRules, entry: OrdersEntry) -> None:
    for place, one in enumerate(entry.statuses):
        row = StatusMapping.objects.filter(connection=rules.connection, remote=one.remote).first()
        row = row or StatusMapping(tenant=run.tenant, connection=rules.connection, remote=one.remote[:60])
        here, key = (*path, "statuses", place), f"{entry.connection}.{one.remote}"
        keep(run, here, row, given_of(one, STATUS), fields=STATUS, what="status of orders", key=key)


def _is_source(source: str) -> bool:
    return source in SOURCES or source in (TEXT, NOTHING) or source.startswith(PREFILLED)


def _exported(rules: OrderRules) -> dict[str, Any]:
    fields = FieldMapping.objects.filter(connection=rules.connection)
    statuses = StatusMapping.objects.filter(connection=rules.connection)
    mapped = {
        "fields": [{"field": row.field, **_filled(state(row, FIELD))} for row in fields],
        "statuses": [{"remote": row.remote, **_filled(state(row, STATUS))} for row in statuses],
    }
    return {"connection": rules.connection.key, **state(rules, RULES), **_filled(mapped)}


def _filled(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value}
