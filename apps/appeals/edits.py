"""A client changes or takes back what they wrote: shown, remembered, and read anew."""

from datetime import datetime

from apps.appeals import batching, drafting, people
from apps.appeals.models import Conversation, Message
from apps.channels.contract import Edited
from apps.core.text import joined


def apply(*, conversation: Conversation, message: Message, item: Edited, received_at: datetime) -> None:
    """Call with the conversation locked. Edits that arrive out of order don't bring old words back."""
    if item.deleted:
        message.deleted_at = message.deleted_at or item.edited_at
        message.save(update_fields=["deleted_at"])
        people.touch(conversation.pk)
        drafting.outdate(conversation)
        return
    # What was said in a recording is not edited with the words beside it.
    text = joined(item.text, *message.attachments.values_list("transcript", flat=True))
    if message.text != text and (message.edited_at is None or message.edited_at <= item.edited_at):
        message.earlier = [*message.earlier, {"text": message.text, "until": item.edited_at.isoformat()}]
        message.text, message.edited_at = text, item.edited_at
        if message.appeal is None or message.appeal.is_open:
            # Already routed words are read again, as a batch of their own; an open batch reads the new ones
            # anyway. What belongs to an ended appeal stays there.
            message.batch = batching.open_batch(
                conversation=conversation, channel=conversation.channel, received_at=received_at
            )
        message.save(update_fields=["earlier", "text", "edited_at", "batch"])
        people.client_wrote(conversation, at=received_at)
        drafting.outdate(conversation)
