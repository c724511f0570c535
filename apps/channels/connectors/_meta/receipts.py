"""The client is shown that we have read.

https://developers.facebook.com/docs/messenger-platform/send-messages/sender-actions
"""

from typing import Any

from django.views.decorators.debug import sensitive_variables

from apps.channels.connectors._meta import client
from apps.channels.connectors._meta.outbound import not_a_client
from apps.integrations.opening import Opened


@sensitive_variables()
def mark_read(opened: Opened[Any], *, external_chat_id: str, external_message_id: str) -> None:
    """All of the chat, which is known by its client. The service knows no «up to»."""
    if not (external_chat_id.isascii() and external_chat_id.isdecimal()):
        raise not_a_client()
    values = {"recipient": {"id": external_chat_id}, "sender_action": "mark_seen"}
    client.post(opened, f"{opened.config.node}/messages", json=values, idempotent=True)
