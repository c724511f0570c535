"""Who wrote, and in which chat: made once, however many processes meet a new client at the same moment."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from apps.appeals.events import note_event
from apps.appeals.models import Actor, Appeal, Author, Contact, Conversation, EventKind, Identity
from apps.appeals.sla.clocks import answer_due
from apps.channels.contract import Sender
from apps.channels.models import Channel


def conversation_of(*, channel: Channel, sender: Sender) -> Conversation:
    """The conversation, locked until the transaction ends: everything one chat brings is stored in turn."""
    identity = _identity_of(channel=channel, sender=sender)
    chat_id = sender.external_chat_id or _chat_of(identity)
    # One that is there is locked as it is found. A new one is locked by the insert, and one that another
    # process has just made is found by the second look.
    conversation, created = Conversation.objects.select_for_update().get_or_create(
        channel=channel,
        external_chat_id=chat_id,
        defaults={"tenant_id": channel.tenant_id, "identity": identity, "contact_id": identity.contact_id},
    )
    if created:
        follow_identity(conversation)
    return conversation


def follow_identity(conversation: Conversation) -> None:
    """A new one, whose client may be merged with another at this very moment: either the merge is waited for,
    or it waits and then finds this conversation, too (`merging.moving.hold`).
    """
    names = Identity.objects.select_for_update(no_key=True).filter(pk=conversation.identity_id)
    contact_id = names.values_list("contact_id", flat=True).get()
    if contact_id != conversation.contact_id:
        conversation.contact_id = contact_id
        conversation.save(update_fields=["contact"])


def _chat_of(identity: Identity) -> str:
    """Where what came names no chat: the one the client last wrote in, else it is called as they are."""
    chats = Conversation.objects.filter(identity=identity).order_by("-pk")
    return chats.values_list("external_chat_id", flat=True).first() or identity.external_user_id


def locked(conversation_id: int) -> Conversation:
    """As it is now, and nobody else's until the transaction ends. Whoever changes its messages, batches,
    appeals or drafts takes this lock first, so that each sees what the other did.
    """
    return Conversation.objects.select_for_update().get(pk=conversation_id)


def _identity_of(*, channel: Channel, sender: Sender) -> Identity:
    known = Identity.objects.filter(channel=channel, external_user_id=sender.external_user_id)
    identity = known.select_related("contact").first()
    if identity is None:
        try:
            with transaction.atomic():
                return _new_identity(channel=channel, sender=sender)
        except IntegrityError:
            # Another process met the same client at the same moment; its rows stand.
            identity = known.select_related("contact").get()
    _learn(identity, sender)
    return identity


def _new_identity(*, channel: Channel, sender: Sender) -> Identity:
    contact = Contact.objects.create(
        tenant_id=channel.tenant_id, name=sender.name[:200], phone=sender.phone[:32], email=sender.email[:254]
    )
    return Identity.objects.create(
        tenant_id=channel.tenant_id,
        contact=contact,
        channel=channel,
        external_user_id=sender.external_user_id,
        username=sender.username[:200],
    )


def _learn(identity: Identity, sender: Sender) -> None:
    """Fill what was empty; what people entered is never overwritten by a messenger."""
    contact = identity.contact
    told = {"name": sender.name[:200], "phone": sender.phone[:32], "email": sender.email[:254]}
    learnt = {name: value for name, value in told.items() if value and not getattr(contact, name)}
    if learnt:
        for name, value in learnt.items():
            setattr(contact, name, value)
        contact.save(update_fields=list(learnt))
    if not identity.is_reachable or (sender.username and identity.username != sender.username[:200]):
        # Whoever writes can be reached again.
        identity.is_reachable = True
        identity.username = sender.username[:200] or identity.username
        identity.save(update_fields=["is_reachable", "username"])


def make_current(appeal: Appeal) -> None:
    """What the list shows of its conversation, from now on."""
    Conversation.objects.filter(pk=appeal.conversation_id).update(current_appeal=appeal)


def touch(conversation_id: int) -> None:
    """Something its page shows has changed."""
    Conversation.objects.filter(pk=conversation_id).update(revision=F("revision") + 1)


def touch_all(contact: Contact) -> None:
    """Something that every page of this client shows has changed."""
    contact.conversations.update(revision=F("revision") + 1)


def client_wrote(conversation: Conversation, *, at: datetime) -> None:
    """From now on somebody waits, and nothing is put off. Call with the conversation locked."""
    now, since = timezone.now(), min(conversation.waiting_since or at, at)
    if conversation.snoozed_until is not None:
        note_event(EventKind.WOKEN, conversation=conversation, actor=Actor.CLIENT, data={"how": "client"})
    Conversation.objects.filter(pk=conversation.pk).update(
        last_message_at=now,
        last_inbound_at=now,
        **_waits(conversation, since),
        snoozed_until=None,
        revision=F("revision") + 1,
    )


def _waits(conversation: Conversation, since: datetime | None) -> dict[str, datetime | None]:
    """Both fields, always together. Whoever waits already keeps their deadline."""
    if since == conversation.waiting_since:
        return {}
    return {"waiting_since": since, "answer_due_at": answer_due(conversation, since)}


def waits_again(conversation_id: int, *, since: datetime) -> None:
    """As before somebody ended it by mistake; where the client has written since, that stands."""
    conversation = locked(conversation_id)
    if conversation.waiting_since is None:
        waits = Conversation.objects.filter(pk=conversation_id)
        waits.update(**_waits(conversation, since), revision=F("revision") + 1)


def answered(conversation: Conversation, *, seen: int | None = None) -> None:
    """Somebody on our side wrote. Call with the conversation locked."""
    Conversation.objects.filter(pk=conversation.pk).update(last_message_at=timezone.now())
    nobody_waits(conversation, seen=seen)


def nobody_waits(conversation: Conversation, *, seen: int | None = None) -> None:
    """`seen` is the newest message the operator had before their eyes: what the client wrote after it still
    waits. Call with the conversation locked.
    """
    unseen = None
    if seen is not None:
        theirs = conversation.messages.filter(author=Author.CLIENT, deleted_at=None, is_history=False)
        newer = theirs.filter(pk__gt=seen)
        unseen = newer.order_by("pk").values_list("received_at", flat=True).first()
    Conversation.objects.filter(pk=conversation.pk).update(
        waiting_since=unseen,
        answer_due_at=answer_due(conversation, unseen),
        reminded_at=None,
        revision=F("revision") + 1,
    )
