"""What the messengers brought becomes contacts, conversations, messages and open batches."""

from collections.abc import Collection
from functools import partial

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.appeals import answering, attachments, batching, drafting, edits, older, people, pressing
from apps.appeals.campaigns import unsubscribing
from apps.appeals.models import Author, Conversation, Identity, Message
from apps.appeals.naming import named
from apps.appeals.planned import taking_back
from apps.channels.contract import (
    Edited,
    Ignored,
    Inbound,
    Incoming,
    Reachability,
    ReachedUpTo,
    Reacted,
    StatusChanged,
)
from apps.channels.models import Channel, InboundEvent, Outcome
from apps.channels.reached import advance, advance_up_to, is_echo
from apps.channels.reading import Unrouted, conclude, read_event
from apps.core.errors import Transient
from apps.core.text import clean, joined, shorten
from apps.core.work import Effect

# An event with several items ends as the first of these that any of them came to.
STRONGEST = (Outcome.MESSAGE, Outcome.STATUS, Outcome.DUPLICATE, Outcome.IGNORED)

# An edit may overtake the message it edits: so many tries (a minute or two) until it is taken for a message
# of its own.
PATIENCE = 2

Ended = tuple[Outcome, str]


def take_in(event: InboundEvent) -> Effect:
    """The work behind every inbound event."""
    try:
        channel, items = read_event(event, known=known_channels)
    except Unrouted as unrouted:
        return partial(conclude, event=event, outcome=Outcome.UNROUTED, reason=unrouted.reason)
    return partial(_store_all, event, channel, named(event, channel, items))


def known_channels(connector: str, users: Collection[str]) -> list[Channel]:
    """The channels in which these very clients have written before."""
    identities = Identity.objects.filter(external_user_id__in=users, channel__connection__connector=connector)
    channels = Channel.objects.filter(pk__in=identities.values("channel"))
    return list(channels.select_related("connection", "tenant"))


def _store_all(event: InboundEvent, channel: Channel, items: list[Inbound]) -> None:
    ended = [_store(event, channel, item) for item in items]
    outcome, reason = min(ended, key=lambda one: STRONGEST.index(one[0]), default=(Outcome.IGNORED, "empty"))
    conclude(event=event, outcome=outcome, reason=reason, channel=channel)


def _store(event: InboundEvent, channel: Channel, item: Inbound) -> Ended:
    match item:
        case Incoming():
            return _store_message(event, channel, item)
        case Edited():
            return _store_edit(event, channel, item)
        case StatusChanged():
            return _store_status(event, channel, item)
        case ReachedUpTo():
            return _store_reached_up_to(event, channel, item)
        case Reacted():
            return _store_reaction(channel, item)
        case Reachability():
            return _store_reachability(channel, item)
        case Ignored(reason=reason):
            return Outcome.IGNORED, reason


def _store_message(event: InboundEvent, channel: Channel, item: Incoming) -> Ended:
    if item.from_us:
        return _store_own(event, channel, item)
    conversation = people.conversation_of(channel=channel, sender=item.sender)
    known = conversation.messages.filter(author=Author.CLIENT, external_message_id=item.external_message_id)
    if item.external_message_id and known.exists():
        return Outcome.DUPLICATE, "message"
    if item.press and (reason := pressing.again(event, conversation, item)):
        return Outcome.DUPLICATE, reason
    if event.backfill_id and not older.was_missed(event=event, conversation=conversation, item=item):
        older.keep(event=event, conversation=conversation, item=item, author=Author.CLIENT)
        return Outcome.MESSAGE, "older"
    batch = batching.open_batch(conversation=conversation, channel=channel, received_at=event.received_at)
    message = Message.objects.create(
        tenant_id=channel.tenant_id,
        conversation=conversation,
        batch=batch,
        event=event,
        author=Author.CLIENT,
        external_message_id=item.external_message_id,
        text=joined(item.text, *(media.transcript or "" for media in item.media)),
        note=item.note[:500],
        reply_to=item.reply_to,
        sent_at=item.sent_at,
        received_at=event.received_at,
    )
    pressing.note(event, conversation, item)
    attachments.expect(message, item.media)
    batching.keep_origin(batch=batch, item=item)
    people.client_wrote(conversation, at=item.sent_at if event.backfill_id else event.received_at)
    unsubscribing.heed(message, conversation)
    # Drafts that answered older words are outdated from here on, and so is what was planned for silence.
    drafting.outdate(conversation)
    taking_back.client_wrote(conversation)
    return Outcome.MESSAGE, ""


def _store_own(event: InboundEvent, channel: Channel, item: Incoming) -> Ended:
    """Our own message, come back: either our echo, or an operator wrote in the messenger's own app.

    An echo may overtake the answer to the very send it echoes, and then bears an id that nobody knows yet.
    """
    chat_id = item.sender.external_chat_id or item.sender.external_user_id
    if is_echo(
        channel=channel,
        external_chat_id=chat_id,
        external_message_id=item.external_message_id,
        received_at=event.received_at,
    ):
        return Outcome.DUPLICATE, "echo"
    # An echo names whoever sent it, which is us: only for a chat that is not known yet does it have to do.
    chat = Conversation.objects.filter(channel=channel, external_chat_id=chat_id).first()
    conversation = (
        people.locked(chat.pk) if chat else people.conversation_of(channel=channel, sender=item.sender)
    )
    own = conversation.messages.filter(author=Author.OPERATOR, external_message_id=item.external_message_id)
    if item.external_message_id and own.exists():
        return Outcome.DUPLICATE, "echo"
    if event.backfill_id:
        older.keep(event=event, conversation=conversation, item=item, author=Author.OPERATOR)
        return Outcome.MESSAGE, "older"
    message = Message.objects.create(
        tenant_id=conversation.tenant_id,
        conversation=conversation,
        appeal=answering.take_up(conversation, None),
        event=event,
        author=Author.OPERATOR,
        external_message_id=item.external_message_id,
        text=item.text,
        note=item.note[:500],
        sent_at=item.sent_at,
        received_at=event.received_at,
    )
    attachments.expect(message, item.media)
    drafting.outdate(conversation)
    people.answered(conversation)
    return Outcome.MESSAGE, "own"


def _store_edit(event: InboundEvent, channel: Channel, item: Edited) -> Ended:
    conversation = people.conversation_of(channel=channel, sender=item.sender)
    message = conversation.messages.filter(
        author=Author.CLIENT, external_message_id=item.external_message_id
    ).first()
    if message is not None:
        edits.apply(conversation=conversation, message=message, item=item, received_at=event.received_at)
        return Outcome.MESSAGE, "deleted" if item.deleted else "edited"
    if event.failures < PATIENCE and not event.backfill_id:
        # The edit may have overtaken the message itself.
        raise Transient(_("The message it edits is not here yet."), code="not_here_yet")
    if item.deleted:
        return Outcome.IGNORED, "deleted_unknown"
    return _store_message(
        event,
        channel,
        Incoming(
            sender=item.sender,
            external_message_id=item.external_message_id,
            sent_at=item.edited_at,
            text=item.text,
        ),
    )


def _store_status(event: InboundEvent, channel: Channel, item: StatusChanged) -> Ended:
    delivery = advance(
        channel=channel,
        external_message_id=item.external_message_id,
        reached=item.reached,
        at=item.at,
        code=item.code,
        key=item.key,
        received_at=event.received_at,
    )
    if delivery is None:
        return Outcome.IGNORED, "status_of_unknown_message"
    return Outcome.STATUS, item.reached


def _store_reached_up_to(event: InboundEvent, channel: Channel, item: ReachedUpTo) -> Ended:
    moved = advance_up_to(
        channel=channel,
        external_chat_id=item.external_chat_id,
        reached=item.reached,
        at=item.at,
        external_message_id=item.external_message_id,
        received_at=event.received_at,
    )
    return (Outcome.STATUS, item.reached) if moved else (Outcome.IGNORED, "status_of_nothing_new")


def _store_reaction(channel: Channel, item: Reacted) -> Ended:
    """Shown under the message it is about. A sign is no question: nobody is made to wait by it."""
    own = Q(author=Author.CLIENT, external_message_id=item.external_message_id)
    ours = Q(delivery__external_message_id=item.external_message_id)
    in_chat = Message.objects.filter(
        conversation__channel=channel, conversation__external_chat_id=item.sender.external_chat_id
    )
    message = in_chat.filter(own | ours).first() if item.external_message_id else None
    if message is None:
        return Outcome.IGNORED, "reaction_to_unknown_message"
    conversation = people.locked(message.conversation_id)
    Message.objects.filter(pk=message.pk).update(reaction=shorten(clean(item.emoji, limit=None), 16))
    people.touch(conversation.pk)
    return Outcome.STATUS, "reaction"


def _store_reachability(channel: Channel, item: Reachability) -> Ended:
    changed = Identity.objects.filter(channel=channel, external_user_id=item.sender.external_user_id).update(
        is_reachable=item.reachable
    )
    if not changed:
        return Outcome.IGNORED, "reachability_of_unknown_client"
    for pk in Conversation.objects.filter(
        channel=channel, identity__external_user_id=item.sender.external_user_id
    ).values_list("pk", flat=True):
        people.touch(pk)
    return Outcome.STATUS, "unblocked" if item.reachable else "blocked"
