"""Does the MCP server work, does it accept our key, and does it know where messages go.

/api/token would tell as much, but its answer is a live token of Avito: it is never asked for.
"""

from typing import Any
from urllib.parse import urlsplit

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from apps.channels.connectors.avito.addresses import SUBSCRIBE, own_address
from apps.channels.connectors.avito.ids import as_key
from apps.channels.connectors.avito.mcp import client
from apps.channels.connectors.avito.mcp.meaning import not_the_api
from apps.channels.connectors.avito.spec import Config
from apps.channels.shapes import Shape, number, word
from apps.core.errors import Rejected, Transient
from apps.core.text import clean_name
from apps.integrations.contract import Account, Fact
from apps.integrations.opening import Opened

EXPECTED_LIMIT = (100, 60)


@sensitive_variables()
def check(opened: Opened[Config]) -> Account:
    """/health and /info need no key, so the key is tried with the cheapest question that does: one chat."""
    found = client.get(opened, "/health")
    if not isinstance(found, dict) or not isinstance(found.get("status"), str):
        raise not_the_api()
    health: str = found["status"]
    info, warnings = _info(opened)
    if health.lower() != "healthy":
        warnings.append(_("The MCP server says that it is not well. Whoever runs it must look at its log."))
    warnings += [*_key_warnings(opened), *_info_warnings(info, opened.config)]
    told = opened.config.user_id or as_key(info.get("avito_user_id")).rstrip(".…")
    host = urlsplit(opened.config.base_url).hostname or ""
    return Account(
        name=f"Avito {told}" if told else clean_name(host),
        warnings=tuple(warnings),
        facts=tuple(_facts(health, info)),
    )


@sensitive_variables()
def install(opened: Opened[Config]) -> bool:
    """Has the server subscribe our address at Avito. False where there is no address yet. Safe to repeat."""
    url = opened.config.webhook_url or own_address(opened.connection)
    if not url:
        return False
    client.post(opened, SUBSCRIBE, {"url": url, "version": 2}, idempotent=True)
    return True


def is_subscribed(opened: Opened[Config]) -> None:
    """The server does not tell."""
    return


def _info(opened: Opened[Config]) -> tuple[Shape, list[str | Promise]]:
    try:
        info = client.get(opened, "/info")
    except (Rejected, Transient):
        info = None
    if isinstance(info, dict):
        return info, []
    return {}, [_("The MCP server does not tell about itself: /info gave no answer.")]


def _key_warnings(opened: Opened[Config]) -> list[str | Promise]:
    """A refused key is the check's own failure; that Avito is away at the moment is not."""
    try:
        client.get(opened, "/api/chats", {"limit": 1})
    except (Rejected, Transient):
        return [_("The MCP server could not read the chats from Avito just now: the key is not proven yet.")]
    return []


def _info_warnings(info: Shape, config: Config) -> list[str | Promise]:
    found: list[str | Promise] = []
    if config.user_id and not _is_same_account(info.get("avito_user_id"), config.user_id):
        found.append(_("The MCP server works for another Avito account than the id in the settings."))
    count, seconds = number(info, "rate_limit_requests"), number(info, "rate_limit_window")
    if count and seconds and count * EXPECTED_LIMIT[1] < EXPECTED_LIMIT[0] * seconds:
        found.append(
            format_lazy(
                _("The MCP server lets through fewer requests than usual: {count} in {seconds} seconds."),
                count=count,
                seconds=seconds,
            )
        )
    return found


def _facts(health: str, info: Shape) -> list[Fact]:
    """In the server's own word and numbers; what it does not tell is left out."""
    count, seconds = number(info, "rate_limit_requests"), number(info, "rate_limit_window")
    connections = number(info, "max_connections")
    found = [Fact(label=_("The MCP server's own word of its health"), value=clean_name(health, limit=40))]
    if count and seconds:
        label = _("Requests a minute that the MCP server lets through")
        found.append(Fact(label=label, value=str(round(count * 60 / seconds))))
    if connections:
        label = _("Connections that the MCP server takes at once")
        found.append(Fact(label=label, value=str(connections)))
    return found


def _is_same_account(told: Any, user_id: str) -> bool:
    """The server may show only how its id begins: «100200...»."""
    text = as_key(told) or word({"told": told}, "told")
    if not text:
        return True
    start = text.rstrip(".…*")
    return user_id.startswith(start) if start != text else user_id == text
