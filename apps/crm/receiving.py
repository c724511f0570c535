"""How an order stands comes back: kept with its own name and ours, told in the appeal, each change once."""

import uuid
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from apps.appeals.orders import note_order
from apps.appeals.people import touch
from apps.crm.attempts import note
from apps.crm.contract import OrderStatus, RemoteOrder
from apps.crm.models import OrderSync, Proposal, ProposalFate, StatusMapping, Step

TAKEN_IN = ("agreed", "number", "status", "remote_status", "remote_repair_status")


def take_in(sync: OrderSync, remote: RemoteOrder) -> bool:
    """Whether the appeal's page has something new to show. Within a transaction, with the row locked.

    The first time it is told that the order was made: once, whoever hears of it first.
    """
    mapping = StatusMapping.objects.filter(connection=sync.connection_id, remote=remote.status).first()
    status = _status(remote, mapping)
    was = (sync.status or sync.remote_status, sync.remote_repair_status)
    now = (remote.status[:60], remote.repair_status[:60])
    values: dict[str, Any] = {"read_at": timezone.now(), "agreed": _learnt(sync, remote)}
    if remote.updated_at is not None:
        values["remote_at"] = remote.updated_at
    if remote.number and remote.number != sync.number:
        values["number"] = remote.number
    is_new = not sync.is_told
    changed = (sync.remote_status, sync.remote_repair_status, sync.status) != (*now, status)
    if changed:
        values |= {"status": status, "remote_status": now[0], "remote_repair_status": now[1]}
    _write(sync, {**values, "is_told": True})
    if is_new:
        made = {"crm": str(sync.connection), "number": sync.number}
        note_order(appeal=sync.appeal, data=made, member=sync.asked_by)
    if changed:
        _tell(sync, remote, status, was=was, is_new=is_new)
        if not is_new:
            note(sync, Step.STATUS)
            _propose(sync, mapping)
    return changed or is_new


def _learnt(sync: OrderSync, remote: RemoteOrder) -> dict[str, Any]:
    """What the CRM tells of a field for the first time is how it has written down what was sent."""
    new = {
        name: {**both, "theirs": remote.fields[name]}
        for name, both in sync.agreed.items()
        if both.get("theirs") is None and name in remote.fields
    }
    return {**sync.agreed, **new}


def _status(remote: RemoteOrder, mapping: StatusMapping | None) -> str:
    """By the organisation's own mapping; else by the kind that the CRM itself names; else unknown."""
    if mapping and mapping.status:
        return mapping.status
    return remote.group.value if remote.group else ""


def _tell(sync: OrderSync, remote: RemoteOrder, status: str, *, was: tuple[str, str], is_new: bool) -> None:
    before, now = shown(*was), shown(status or remote.status, remote.repair_status)
    data = {"crm": str(sync.connection), "number": sync.number, "was": before, "now": now}
    note_order(
        appeal=sync.appeal,
        # That it was made is told already; that the CRM calls the same by another word is no news.
        data=None if is_new or before == now else data,
        # One that nobody has mapped is better shown as the CRM calls it than not at all.
        crm_status=status or remote.status,
        crm_repair_status=remote.repair_status or remote.status,
    )


def shown(status: str, repair: str) -> str:
    own = OrderStatus(status).label if status in OrderStatus.values else status
    is_same = repair.casefold() in (status.casefold(), str(own).casefold())
    return " · ".join(filter(None, (str(own), "" if is_same else repair)))


def told_gone(sync: OrderSync) -> None:
    """It was deleted there: told once, and not asked for any more. Its own transaction."""
    with transaction.atomic():
        row = OrderSync.objects.select_for_update(of=("self",)).get(pk=sync.pk)
        if row.gone_at is not None:
            return
        _write(row, {"gone_at": timezone.now(), "read_at": timezone.now()})
        sync.gone_at = row.gone_at
        data = {"crm": str(row.connection), "number": row.number, "is_gone": True}
        note_order(appeal=row.appeal, data=data, crm_status="", crm_repair_status="")
        touch(row.appeal.conversation_id)
        row.proposals.filter(fate=ProposalFate.WAITING).update(fate=ProposalFate.OUTDATED)


def _propose(sync: OrderSync, mapping: StatusMapping | None) -> None:
    """What waits from an earlier status is no news any more."""
    sync.proposals.filter(fate=ProposalFate.WAITING).update(fate=ProposalFate.OUTDATED)
    if mapping is None or not mapping.message.strip():
        return
    text = filled_in(mapping.message, sync)
    Proposal.objects.create(tenant_id=sync.tenant_id, sync=sync, key=uuid.uuid4(), text=text)


def filled_in(text: str, sync: OrderSync) -> str:
    device = sync.appeal.devices.filter(removed_at=None).order_by("id").first()
    words: Mapping[str, str] = {
        "{number}": sync.number,
        "{device}": str(device) if device else "",
        "{name}": sync.appeal.contact.name,
    }
    for gap, value in words.items():
        text = text.replace(gap, value)
    return " ".join(text.split(" ")).strip()


def _write(sync: OrderSync, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        setattr(sync, name, value)
    sync.save(update_fields=list(values))
