"""Chats and messages: GET /api/chats and GET /api/chats/{id}/messages.

The specification names the routes and not their answers: they are read as Avito's own (v2 chats, v3
messages), bare or under `chats` and `messages`.
"""

from typing import Any

from django.views.decorators.debug import sensitive_variables

from apps.channels.connectors.avito.mcp import client
from apps.channels.connectors.avito.mcp.meaning import not_the_api
from apps.channels.connectors.avito.spec import Config
from apps.channels.shapes import Shape, part, parts
from apps.integrations.opening import Opened


@sensitive_variables()
def list_chats(opened: Opened[Config], *, limit: int, offset: int) -> list[Shape]:
    return _listed(client.get(opened, "/api/chats", {"limit": limit, "offset": offset}), "chats")


@sensitive_variables()
def list_messages(opened: Opened[Config], chat: str, *, limit: int, offset: int) -> list[Shape]:
    path = client.of_chat(chat, "messages")
    return _listed(client.get(opened, path, {"limit": limit, "offset": offset}), "messages")


def _listed(answer: Any, name: str) -> list[Shape]:
    """The objects, wherever the server puts them."""
    if isinstance(answer, list):
        return parts({name: answer}, name)
    if isinstance(answer, dict):
        for holder in (answer, part(answer, "response"), part(answer, "data"), part(answer, "result")):
            if isinstance(holder.get(name), list):
                return parts(holder, name)
        for bare in ("response", "data", "result"):
            if isinstance(answer.get(bare), list):
                return parts(answer, bare)
    raise not_the_api()
