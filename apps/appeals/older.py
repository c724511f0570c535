"""Messages of a channel's history: kept in their conversation, at their time, without alarming anybody.

History comes chat by chat, the newest message first. A client's message is of the past if we have written
since, or if a later one of theirs came by itself; then it joins the appeal that was open at its time, or
none: no batch, no AI, nobody waits. Otherwise nobody has seen or answered it, and it is handled like one that
has just come; but only if it was written since the channel was connected, or in these last days: what an
organisation left unanswered elsewhere, months ago, is its own affair.
"""

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from apps.appeals import attachments, drafting, people
from apps.appeals.models import Appeal, Author, Conversation, Message
from apps.channels.contract import Incoming
from apps.channels.models import InboundEvent
from apps.core.text import joined

# So long before the channel was connected a client may still be waiting for an answer.
RECENT = timedelta(days=3)


def was_missed(*, event: InboundEvent, conversation: Conversation, item: Incoming) -> bool:
    """Call with the conversation locked."""
    if item.sent_at < min(conversation.channel.created_at, timezone.now() - RECENT):
        return False
    later = conversation.messages.filter(
        sent_at__gte=item.sent_at, author__in=(Author.CLIENT, Author.OPERATOR), deleted_at=None
    )
    brought = Q(author=Author.CLIENT, event__backfill=event.backfill_id)
    return not later.exclude(pk__in=later.filter(brought).values("pk")).exists()


def keep(*, event: InboundEvent, conversation: Conversation, item: Incoming, author: Author) -> Message:
    """Call with the conversation locked. An answer of ours ends the waiting of what came before it."""
    is_first = not conversation.messages.exists()
    message = Message.objects.create(
        tenant_id=conversation.tenant_id,
        conversation=conversation,
        appeal=_appeal_of_its_time(conversation, item),
        event=event,
        author=author,
        external_message_id=item.external_message_id,
        text=joined(item.text, *(media.transcript or "" for media in item.media)),
        note=item.note[:500],
        reply_to=item.reply_to,
        sent_at=item.sent_at,
        received_at=event.received_at,
        is_history=True,
    )
    attachments.expect(message, item.media)
    _note_times(conversation, item, is_first=is_first, is_clients=author == Author.CLIENT)
    if author == Author.OPERATOR and _answers_all(conversation, item):
        people.nobody_waits(conversation)
        drafting.outdate(conversation)
    people.touch(conversation.pk)
    return message


def _appeal_of_its_time(conversation: Conversation, item: Incoming) -> Appeal | None:
    open_then = Q(closed_at=None) | Q(closed_at__gte=item.sent_at)
    appeals = conversation.appeals.filter(open_then, created_at__lte=item.sent_at)
    return appeals.order_by("-created_at").first()


def _note_times(conversation: Conversation, item: Incoming, *, is_first: bool, is_clients: bool) -> None:
    """A chat made by its history stands in the list where its last message has it."""
    last, inbound = conversation.last_message_at, conversation.last_inbound_at
    conversation.last_message_at = item.sent_at if is_first else max(last, item.sent_at)
    if is_clients:
        conversation.last_inbound_at = max(inbound or item.sent_at, item.sent_at)
    conversation.save(update_fields=["last_message_at", "last_inbound_at"])


def _answers_all(conversation: Conversation, item: Incoming) -> bool:
    clients = conversation.messages.filter(author=Author.CLIENT, deleted_at=None)
    waits = conversation.waiting_since is not None
    return waits and not clients.filter(sent_at__gt=item.sent_at).exists()
