"""Who writes in a chat, and about which advertisement: Avito's webhooks bring numbers alone.

https://developers.avito.ru/api-catalog/messenger/documentation#operation/getChatByIdV2
"""

from django.views.decorators.debug import sensitive_variables

from apps.channels.connectors.avito.content import advertisement
from apps.channels.connectors.avito.direct import client
from apps.channels.connectors.avito.direct.access import chat_gone
from apps.channels.connectors.avito.ids import as_key
from apps.channels.connectors.avito.mcp import lists
from apps.channels.connectors.avito.spec import Config
from apps.channels.contract import Sender
from apps.channels.shapes import Shape, part, parts, word
from apps.core.text import clean_name
from apps.integrations.opening import Opened

NEWEST = 20


@sensitive_variables()
def profile(opened: Opened[Config], *, external_user_id: str, external_chat_id: str) -> Sender | None:
    """None where an MCP server does not have the chat among those that were written in last."""
    chat = _chat(opened, external_chat_id)
    if not chat:
        return None
    users = (user for user in parts(chat, "users") if as_key(user.get("id")) == external_user_id)
    listing = part(part(chat, "context"), "value")
    return Sender(
        external_user_id=external_user_id,
        external_chat_id=external_chat_id,
        name=next(filter(None, (clean_name(word(user, "name")) for user in users)), ""),
        about=advertisement(listing, url=word(listing, "url")),
    )


@sensitive_variables()
def _chat(opened: Opened[Config], chat_id: str) -> Shape:
    """An MCP server has no route for a single one; its client has just written, so it is near the top."""
    if opened.config.transport == "mcp":
        chats = lists.list_chats(opened, limit=NEWEST, offset=0)
        return next((chat for chat in chats if as_key(chat.get("id")) == chat_id), {})
    path = client.in_account(opened, "v2", "chats", chat_id)
    return client.call(opened, "GET", path, idempotent=True, missing=chat_gone)
