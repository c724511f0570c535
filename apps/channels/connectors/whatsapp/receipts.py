"""The client is shown that we have read.

https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/mark-message-as-read
"""

from django.views.decorators.debug import sensitive_variables

from apps.channels.connectors.whatsapp import client
from apps.channels.connectors.whatsapp.spec import Config
from apps.integrations.opening import Opened


@sensitive_variables()
def mark_read(opened: Opened[Config], *, external_chat_id: str, external_message_id: str) -> None:
    """Earlier messages of the chat become read with it."""
    values = {"messaging_product": "whatsapp", "status": "read", "message_id": external_message_id}
    client.post(opened, f"{opened.config.phone_number_id}/messages", values, idempotent=True)
