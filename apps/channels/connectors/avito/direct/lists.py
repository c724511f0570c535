"""The account's chats and what was said in them.

https://developers.avito.ru/api-catalog/messenger/documentation#operation/getChatsV2
https://developers.avito.ru/api-catalog/messenger/documentation#operation/getMessagesV3
"""

from collections.abc import Callable
from typing import Any

from django.views.decorators.debug import sensitive_variables

from apps.channels.connectors.avito.direct import client
from apps.channels.connectors.avito.direct.access import chat_gone, not_avito
from apps.channels.connectors.avito.spec import Config
from apps.channels.shapes import Shape, parts
from apps.core.errors import OutsideError
from apps.integrations.opening import Opened

# Left out, Avito lists the chats about advertisements alone; u2u began at the profile.
TYPES = "u2i,u2u"


def list_chats(opened: Opened[Config], *, limit: int, offset: int) -> list[Shape]:
    params = {"chat_types": TYPES, "limit": limit, "offset": offset}
    return _listed(opened, client.in_account(opened, "v2", "chats"), params, "chats", not_avito)


def list_messages(opened: Opened[Config], chat: str, *, limit: int, offset: int) -> list[Shape]:
    """Reading them does not mark them as read."""
    path = client.in_account(opened, "v3", "chats", chat, "messages") + "/"
    return _listed(opened, path, {"limit": limit, "offset": offset}, "messages", chat_gone)


@sensitive_variables()
def _listed(
    opened: Opened[Config],
    path: str,
    params: dict[str, Any],
    name: str,
    missing: Callable[[], OutsideError],
) -> list[Shape]:
    answer = client.call(
        opened, "GET", path, idempotent=True, options=lambda: {"params": params}, missing=missing
    )
    if not isinstance(answer.get(name), list):
        raise not_avito()
    return parts(answer, name)
