"""Avito's own API, with the account's keys."""

from apps.channels.connectors.avito.direct.checking import check, install, is_subscribed
from apps.channels.connectors.avito.direct.client import account
from apps.channels.connectors.avito.direct.files import fetch
from apps.channels.connectors.avito.direct.lists import list_chats, list_messages
from apps.channels.connectors.avito.direct.outbound import mark_read, send

__all__ = [
    "account",
    "check",
    "fetch",
    "install",
    "is_subscribed",
    "list_chats",
    "list_messages",
    "mark_read",
    "send",
]
