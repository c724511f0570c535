"""The client is shown that we have read. https://dev.vk.com/ru/method/messages.markAsRead"""

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from apps.channels.connectors.vk import client, ids
from apps.channels.connectors.vk.spec import Config
from apps.core.errors import Rejected
from apps.integrations.opening import Opened


@sensitive_variables()
def mark_read(opened: Opened[Config], *, external_chat_id: str, external_message_id: str) -> None:
    """Up to the message: by its number in the chat, or where only that is known by the community's count."""
    if not external_chat_id.isdecimal():
        raise Rejected(_("This is not a VK chat."), code="bad_chat")
    values: dict[str, Any] = {"peer_id": external_chat_id, "group_id": opened.config.group_id}
    known = ids.numbers_of(external_message_id)
    if isinstance(known, int):
        values["start_message_id"] = known
    elif known is not None:
        values["up_to_cmid"] = known[1]
    else:
        values["mark_conversation_as_read"] = 1
    client.call(opened, "messages.markAsRead", values)
