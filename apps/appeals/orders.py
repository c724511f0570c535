"""What a CRM says of an appeal's order, kept with the appeal and told in its feed."""

from collections.abc import Mapping
from typing import Any

from apps.appeals.events import note_event
from apps.appeals.models import Actor, Appeal, EventKind
from apps.appeals.people import locked
from apps.tenants.models import Member


def note_order(
    *,
    appeal: Appeal,
    data: Mapping[str, Any] | None = None,
    crm_status: str | None = None,
    crm_repair_status: str | None = None,
    member: Member | None = None,
) -> None:
    """`data` is what the feed's line says (see `event_texts`); without it nothing is told. Of a status that
    is None nothing is known. Call in the transaction of the change itself, and `people.touch` at its end.
    """
    conversation = locked(appeal.conversation_id)
    told = {"crm_status": crm_status, "crm_repair_status": crm_repair_status}
    for name, value in told.items():
        if value is not None:
            setattr(appeal, name, value[:60])
    if changed := [name for name, value in told.items() if value is not None]:
        appeal.save(update_fields=[*changed, "updated_at"])
    if data is not None:
        note_event(
            EventKind.ORDER,
            conversation=conversation,
            appeal=appeal,
            member=member,
            actor=Actor.MEMBER if member else Actor.SYSTEM,
            data=data,
        )
