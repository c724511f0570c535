"""The client is shown that we have read.

https://developers.avito.ru/api-catalog/messenger/documentation#operation/chatRead
"""

from django.views.decorators.debug import sensitive_variables

from apps.channels.connectors.avito import client
from apps.channels.connectors.avito.spec import Config
from apps.integrations.opening import Opened


@sensitive_variables()
def mark_read(opened: Opened[Config], *, external_chat_id: str, external_message_id: str) -> None:
    """All of the chat: Avito knows no «up to»."""
    path = client.in_account(opened, "v1", "chats", external_chat_id, "read")
    client.call(opened, "POST", path, idempotent=True)
