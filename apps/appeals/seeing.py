"""An operator has the client's words before their eyes: the client may be shown that."""

from apps.appeals.models import Author, Conversation
from apps.channels.receipts import can_show, show_read


def saw(conversation: Conversation, *, up_to: int | None = None) -> bool:
    """`up_to` is the newest message that was seen; without it, all. False where nothing new can be shown."""
    if not can_show(conversation.channel):
        return False
    words = conversation.messages.filter(author=Author.CLIENT).exclude(external_message_id="")
    if up_to is not None:
        words = words.filter(pk__lte=up_to)
    newest = words.order_by("-pk").values_list("pk", "external_message_id").first()
    if newest is None:
        return False
    position, external_message_id = newest
    return show_read(
        channel=conversation.channel,
        external_chat_id=conversation.external_chat_id,
        external_message_id=external_message_id,
        position=position,
    )
