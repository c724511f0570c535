"""The customer's own MCP REST API server, which holds Avito's keys and sends for us."""

from apps.channels.connectors.avito.mcp.checking import check, install, is_subscribed
from apps.channels.connectors.avito.mcp.client import account
from apps.channels.connectors.avito.mcp.files import fetch
from apps.channels.connectors.avito.mcp.lists import list_chats, list_messages
from apps.channels.connectors.avito.mcp.outbound import mark_read, send

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
