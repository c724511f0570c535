"""Calls of the MCP server's REST API. What its errors mean is in `meaning`."""

import ipaddress
import socket
from collections.abc import Mapping
from functools import partial
from typing import Any
from urllib.parse import quote, urlsplit

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from apps.channels.connectors.avito.mcp.meaning import meaning
from apps.channels.connectors.avito.spec import Config
from apps.core.errors import ConfigInvalid
from apps.core.http import Http
from apps.core.http.guard import is_public
from apps.integrations.opening import Opened

# The server itself waits for Avito and tries again: it asks to be given 30 seconds.
TIMEOUT = (5.0, 30.0)


@sensitive_variables()
def get(opened: Opened[Config], path: str, params: Mapping[str, Any] | None = None) -> Any:
    """The JSON of the answer. Raises `core.errors`."""
    with door(opened) as http:
        return http.get(path, params=params, classify=partial(meaning, idempotent=True)).json


@sensitive_variables()
def post(
    opened: Opened[Config],
    path: str,
    values: Mapping[str, Any],
    *,
    idempotent: bool = False,
) -> Any:
    """The JSON of the answer. A lost one is OutcomeUnknown unless `idempotent`."""
    judge = partial(meaning, idempotent=idempotent)
    with door(opened) as http:
        return http.post(path, json=dict(values), classify=judge, idempotent=idempotent).json


def of_chat(external_chat_id: str, rest: str) -> str:
    return f"/api/chats/{quote(external_chat_id, safe='')}/{rest}"


def account(opened: Opened[Config]) -> str:
    """As set. The server shows only how its number begins."""
    return opened.config.user_id


@sensitive_variables()
def door(opened: Opened[Config]) -> Http:
    """Its headers go to the MCP server alone, never to the addresses of files elsewhere."""
    config = opened.config
    refuse_open_http(config.base_url)
    headers = {"X-API-Key": config.api_key.get_secret_value()}
    return opened.http(config.base_url, headers=headers, timeout=TIMEOUT)


def refuse_open_http(base_url: str) -> None:
    """Plain http shows the key to everyone on the way: only where all of the name's addresses are private.

    A name that can't be looked up here, and one that only the proxy knows, are left to the door.
    """
    parts = urlsplit(base_url)
    if parts.scheme != "http" or settings.OUTBOUND_PROXY:
        return
    try:
        found = socket.getaddrinfo(parts.hostname, parts.port or 80, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return
    if any(is_public(ipaddress.ip_address(str(address[0]))) for *_rest, address in found):
        raise ConfigInvalid(
            _("The MCP server is on the open internet: over plain http anyone can read the key. Use https."),
            code="plain_http",
            field="base_url",
        )
