"""A pressed button is a message of the client's, once, and their app hears that it arrived."""

from apps.appeals.models import Author, Conversation
from apps.channels import presses
from apps.channels.contract import Incoming
from apps.channels.models import InboundEvent


def note(event: InboundEvent, conversation: Conversation, item: Incoming) -> None:
    """In the transaction that stores its message. Nothing waits for an answer to what is history."""
    if item.press and not event.backfill_id:
        presses.note_press(
            channel=conversation.channel,
            external_chat_id=conversation.external_chat_id,
            item=item,
            received_at=event.received_at,
        )


def again(event: InboundEvent, conversation: Conversation, item: Incoming) -> str:
    """Why this press says nothing new; empty where it does. The client's app is told of it all the same."""
    channel, chat_id = conversation.channel, conversation.external_chat_id
    if presses.is_known(channel=channel, external_chat_id=chat_id, item=item):
        return "message"
    words = conversation.messages.filter(author=Author.CLIENT).order_by("-pk")
    newest = words.values_list("external_message_id", flat=True).first() or ""
    if not presses.is_impatient(
        channel=channel,
        external_chat_id=chat_id,
        item=item,
        received_at=event.received_at,
        newest=newest,
    ):
        return ""
    note(event, conversation, item)
    return "pressed_twice"
