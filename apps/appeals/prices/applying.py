"""Writes a confirmed import into the list, or takes it back: each in the one transaction that settles it."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any

from django.utils import timezone

from apps.appeals.models import PriceImport, PriceItem
from apps.appeals.models.price import Stage
from apps.appeals.prices.comparing import VALUES, Known, Plan, plan_of
from apps.appeals.prices.keys import fill, reader_of
from apps.core.models import TROUBLED
from apps.core.work import Effect
from apps.tenants.models import Tenant

AT_ONCE = 2000
WRITTEN = (*VALUES, "device_key", "work_key", "updated_at", "updated_by")

# Why it waits for a person again.
LIST_CHANGED, BROKEN = "list_changed", "broken"


def carry_out(imported: PriceImport) -> Effect | None:
    """The work behind every import."""
    if imported.stage == Stage.APPLYING:
        return partial(_apply, imported)
    return partial(_undo, imported) if imported.stage == Stage.UNDOING else None


def settled(imported: PriceImport) -> None:
    """Our own error: nothing was written, and it can be tried again."""
    back = {Stage.APPLYING: Stage.PREVIEW, Stage.UNDOING: Stage.APPLIED}.get(Stage(imported.stage))
    if imported.state in TROUBLED and back is not None:
        PriceImport.objects.filter(pk=imported.pk).update(stage=back, note=BROKEN)


def _apply(imported: PriceImport) -> None:
    _lock(imported)
    plan = plan_of(imported)
    if plan.fingerprint != imported.expected:
        # Somebody has changed prices since it was looked at: they look again.
        imported.stage, imported.note = Stage.PREVIEW, LIST_CHANGED
        imported.save(update_fields=["stage", "note"])
        return
    now = timezone.now()
    _write_plan(imported, plan, now)
    PriceImport.objects.filter(tenant=imported.tenant_id).exclude(pk=imported.pk).update(undo={})
    imported.stage, imported.applied_at, imported.cells = Stage.APPLIED, now, []
    imported.undo, imported.counts = _before(plan), plan.counts
    imported.save(update_fields=["stage", "applied_at", "cells", "undo", "counts"])


def _write_plan(imported: PriceImport, plan: Plan, now: datetime) -> None:
    rows = [change.values for change in (*plan.new, *plan.changed)]
    rows += [{**line.values, "is_active": False} for line in plan.gone]
    _write(imported, rows, now)


def _undo(imported: PriceImport) -> None:
    """What somebody has changed by hand since then stays as they left it."""
    _lock(imported)
    if imported.applied_at is None:
        return
    lines = PriceItem.objects.filter(tenant=imported.tenant_id, updated_at=imported.applied_at)
    untouched = set(lines.values_list("identity", flat=True)) & imported.undo.keys()
    new = [identity for identity in untouched if imported.undo[identity] is None]
    for start in range(0, len(new), AT_ONCE):
        lines.filter(identity__in=new[start : start + AT_ONCE]).delete()
    before = (imported.undo[identity] for identity in sorted(untouched - set(new)))
    _write(imported, [_values(told) for told in before], timezone.now())
    imported.counts = {**imported.counts, "kept": len(imported.undo) - len(untouched)}
    imported.stage, imported.undo = Stage.UNDONE, {}
    imported.save(update_fields=["stage", "undo", "counts"])


def _write(imported: PriceImport, rows: Sequence[dict[str, Any]], now: datetime) -> None:
    reader = reader_of(imported.tenant_id)
    items = [
        fill(
            PriceItem(tenant_id=imported.tenant_id, updated_at=now, updated_by_id=imported.member_id, **row),
            reader,
        )
        for row in rows
    ]
    PriceItem.objects.bulk_create(
        items,
        batch_size=AT_ONCE,
        update_conflicts=True,
        unique_fields=["tenant", "identity"],
        update_fields=WRITTEN,
    )


def _before(plan: Plan) -> dict[str, list[Any] | None]:
    """By identity, which stays the same whatever else changes."""
    touched: Iterable[Known] = [change.before for change in plan.changed if change.before] + plan.gone
    return {
        **{change.row.identity: None for change in plan.new},
        **{line.identity: [_plain(line.values[name]) for name in VALUES] for line in touched},
    }


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, Decimal) else value


def _values(told: Sequence[Any]) -> dict[str, Any]:
    values = dict(zip(VALUES, told, strict=True))
    for name in ("price", "price_to"):
        values[name] = None if values[name] is None else Decimal(values[name])
    return values


def _lock(imported: PriceImport) -> None:
    """Two imports, and an import and a change of the synonyms, go one after the other."""
    Tenant.objects.select_for_update(no_key=True).get(pk=imported.tenant_id)
