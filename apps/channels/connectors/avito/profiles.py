"""Who writes in a chat, and about which advertisement: Avito's webhooks bring numbers alone.

https://developers.avito.ru/api-catalog/messenger/documentation#operation/getChatByIdV2
"""

from django.views.decorators.debug import sensitive_variables

from apps.channels.connectors.avito.content import advertisement
from apps.channels.connectors.avito.direct import client
from apps.channels.connectors.avito.direct.access import chat_gone
from apps.channels.connectors.avito.ids import as_key
from apps.channels.connectors.avito.spec import Config
from apps.channels.contract import Sender
from apps.channels.shapes import part, parts, word
from apps.core.text import clean_name
from apps.integrations.opening import Opened


@sensitive_variables()
def profile(opened: Opened[Config], *, external_user_id: str, external_chat_id: str) -> Sender | None:
    """An MCP server tells the name with each message, where it knows it."""
    if opened.config.transport == "mcp":
        return None
    path = client.in_account(opened, "v2", "chats", external_chat_id)
    chat = client.call(opened, "GET", path, idempotent=True, missing=chat_gone)
    users = (user for user in parts(chat, "users") if as_key(user.get("id")) == external_user_id)
    listing = part(part(chat, "context"), "value")
    return Sender(
        external_user_id=external_user_id,
        external_chat_id=external_chat_id,
        name=next(filter(None, (clean_name(word(user, "name")) for user in users)), ""),
        about=advertisement(listing, url=word(listing, "url")),
    )
