"""What the AI read becomes devices and repairs of an appeal, each field with its evidence; people
correct it.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from apps.ai.extraction import ExtractedDevice, ExtractedRepair, Extraction
from apps.appeals.events import note_correction
from apps.appeals.models import Appeal, Device, Message, Repair
from apps.appeals.models.extracted import Extracted
from apps.appeals.people import touch
from apps.core.text import find_words
from apps.tenants.models import Member


def take_over(*, appeal: Appeal, messages: Sequence[Message], extraction: Extraction) -> None:
    """Add what is new; what is there already, was corrected or was taken off by a person stays as it is."""
    if extraction.appeal_type:
        Appeal.objects.filter(pk=appeal.pk, appeal_type="").update(appeal_type=extraction.appeal_type[:60])
    devices = list(appeal.devices.all())
    for found in extraction.devices:
        device = _same(devices, {"brand": found.brand, "model": found.model})
        if device is None:
            device = _add_device(appeal, messages, found)
            devices.append(device)
        _add_repairs(device, messages, found.repairs)


def _add_device(appeal: Appeal, messages: Sequence[Message], found: ExtractedDevice) -> Device:
    values = {"brand": found.brand[:100], "model": found.model[:150]}
    return Device.objects.create(
        tenant_id=appeal.tenant_id, appeal=appeal, evidence=_evidence(values, messages), **values
    )


def _add_repairs(device: Device, messages: Sequence[Message], found: Iterable[ExtractedRepair]) -> None:
    repairs = list(device.repairs.all())
    for repair in found:
        values = {
            "repair_type": repair.repair_type[:200],
            "category": repair.category[:100],
            "description": repair.description,
        }
        key = {"repair_type": values["repair_type"]} if values["repair_type"] else values
        if _same(repairs, key) is None:
            repairs.append(
                Repair.objects.create(
                    tenant_id=device.tenant_id, device=device, evidence=_evidence(values, messages), **values
                )
            )


def _same(rows: Iterable[Any], values: Mapping[str, str]) -> Any | None:
    """The row that has these values now, or had them by the AI's word before a person corrected it."""
    for row in rows:
        as_said = {name: row.evidence.get(name, {}).get("value", "") for name in values}
        as_is = {name: getattr(row, name) for name in values}
        if _folded(values) in (_folded(as_said), _folded(as_is)):
            return row
    return None


def _folded(values: Mapping[str, str]) -> list[str]:
    return [" ".join(values[name].casefold().replace("ё", "е").split()) for name in sorted(values)]


def _evidence(values: Mapping[str, str], messages: Sequence[Message]) -> dict[str, Any]:
    return {name: {"value": value, **_where(value, messages)} for name, value in values.items() if value}


def _where(value: str, messages: Sequence[Message]) -> dict[str, int | None]:
    for message in messages:
        span = find_words(value, message.text)
        if span is not None:
            return {"message": message.pk, "start": span[0], "end": span[1]}
    return {"message": None, "start": None, "end": None}


def correct(*, row: Extracted, values: Mapping[str, Any], member: Member | None) -> list[str]:
    """Write a person's values over the AI's, which stay in `evidence`. Returns the names of the changed
    fields.
    """
    with transaction.atomic():
        # Two people at once: neither's note of what they changed replaces the other's.
        now: Any = type(row)._default_manager.select_for_update().get(pk=row.pk)
        changed = [name for name, value in values.items() if getattr(now, name) != value]
        before = {name: getattr(now, name) for name in changed} | {"named": str(now)}
        for name in changed:
            setattr(now, name, values[name])
            now.corrections[name] = {"by": member.pk if member else None, "at": timezone.now().isoformat()}
        if changed:
            now.save(update_fields=[*changed, "corrections"])
            note_correction(
                appeal=_appeal_of(now),
                before=before,
                after={name: values[name] for name in changed},
                member=member,
            )
            touch(_appeal_of(now).conversation_id)
    return changed


def remove(*, row: Extracted) -> None:
    """Take it off the list. It is kept, so that the AI does not bring it back, and can be put back."""
    row.removed_at = timezone.now()
    row.save(update_fields=["removed_at"])
    touch(_appeal_of(row).conversation_id)


def put_back(*, row: Extracted) -> None:
    row.removed_at = None
    row.save(update_fields=["removed_at"])
    touch(_appeal_of(row).conversation_id)


def _appeal_of(row: Any) -> Appeal:
    appeal: Appeal = row.appeal if isinstance(row, Device) else row.device.appeal
    return appeal
