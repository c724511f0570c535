"""What happened is kept for the conversation's feed. Call in the transaction of the change itself."""

from collections.abc import Mapping
from typing import Any

from django.db.models import F
from django.utils import timezone

from apps.appeals.models import Actor, Appeal, AppealEvent, Contact, Conversation, EventKind
from apps.tenants.models import Member

# What a correction is told of; other fields are nobody's news.
TOLD = ("brand", "model", "price")


def note_event(
    kind: EventKind,
    *,
    conversation: Conversation,
    appeal: Appeal | None = None,
    member: Member | None = None,
    actor: Actor = Actor.MEMBER,
    data: Mapping[str, Any] | None = None,
) -> AppealEvent:
    """`data` is what its line will say (see `event_texts`): names and values as they are now. Whoever calls
    it touches the conversation, as for any other change that its page shows.
    """
    return AppealEvent.objects.create(
        tenant_id=conversation.tenant_id,
        conversation=conversation,
        appeal=appeal,
        kind=kind,
        actor=actor,
        member=member,
        data=dict(data or {}),
    )


def note_consent(kind: EventKind, *, contact: Contact, member: Member | None, why: str) -> None:
    """In every conversation of the client's: campaigns go through any of them."""
    actor = Actor.MEMBER if member else Actor.CLIENT
    AppealEvent.objects.bulk_create(
        AppealEvent(
            tenant_id=contact.tenant_id,
            conversation_id=pk,
            kind=kind,
            actor=actor,
            member=member,
            data={"why": why},
        )
        for pk in contact.conversations.values_list("pk", flat=True)
    )


def note_merge(kind: EventKind, *, kept: Contact, absorbed: Contact, member: Member | None) -> None:
    """In every conversation of both, whichever of them it is with now; call with them locked."""
    chats = Conversation.objects.filter(contact__in=(kept, absorbed))
    data = {"kept": str(kept), "absorbed": str(absorbed)}
    at = timezone.now()
    AppealEvent.objects.bulk_create(
        AppealEvent(
            tenant_id=kept.tenant_id,
            conversation_id=pk,
            kind=kind,
            actor=Actor.MEMBER,
            member=member,
            at=at,
            data=data,
        )
        for pk in chats.order_by("pk").values_list("pk", flat=True)
    )
    chats.update(revision=F("revision") + 1)


def note_correction(
    *, appeal: Appeal, before: Mapping[str, Any], after: Mapping[str, Any], member: Member | None
) -> None:
    """`before` has, beside the values, how the row was `named`."""
    changed = [
        {"field": name, "was": _plain(before[name]), "is": _plain(after[name])}
        for name in TOLD
        if name in after and before[name] != after[name]
    ]
    if changed:
        note_event(
            EventKind.CORRECTED,
            conversation=appeal.conversation,
            appeal=appeal,
            member=member,
            data={"named": before["named"], "changed": changed},
        )


def _plain(value: Any) -> str:
    return "" if value is None else str(value)
