"""A message that answers another one shows it, and an operator may answer a certain one of the client's."""

from collections.abc import Sequence

from django.db.models import Q

from apps.appeals.models import Author, Conversation, Message
from apps.channels.contract import Capability
from apps.channels.gate import capabilities


def add_quotes(conversation: Conversation, messages: Sequence[Message]) -> None:
    """Sets `quoted` of those that answer another message of this conversation. At most one query."""
    wanted = {message.reply_to for message in messages if message.reply_to}
    known = {_external_id(message): message for message in messages}
    if missing := wanted - known.keys():
        ids = Q(external_message_id__in=missing) | Q(delivery__external_message_id__in=missing)
        older = conversation.messages.filter(ids).select_related("delivery")
        known |= {_external_id(message): message for message in older}
    for message in messages:
        message.quoted = known.get(message.reply_to) if message.reply_to else None


def can_quote(conversation: Conversation) -> bool:
    return Capability.REPLY in capabilities(conversation.channel)


def quoted_id(conversation: Conversation, pk: int | None) -> str:
    """What the messenger calls the client's message that is answered; empty where it can't be told there."""
    if not pk or not can_quote(conversation):
        return ""
    asked = conversation.messages.filter(pk=pk, author=Author.CLIENT, deleted_at=None)
    return asked.values_list("external_message_id", flat=True).first() or ""


def _external_id(message: Message) -> str:
    sent = message.delivery.external_message_id if message.delivery else ""
    return message.external_message_id or sent
