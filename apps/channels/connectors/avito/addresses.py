"""Where messages of one channel are to be sent, and what its card says of it."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from apps.channels.models import Channel
from apps.channels.registering import webhook_url
from apps.integrations.contract import Fact
from apps.integrations.models import ActionLog, Connection
from apps.tenants.clock import on_the_wall

# The MCP server's; it never tells what it is subscribed to.
SUBSCRIBE = "/api/webhook/subscribe"


def card_facts(connection: Connection) -> list[Fact]:
    address = own_address(connection)
    if not address:
        return []
    found = [Fact(label=_("Webhook address"), value=address, copyable=True)]
    if connection.config.get("transport") == "mcp" and (at := _subscribed_at(connection)):
        when = on_the_wall(at, connection.tenant)
        found.append(Fact(label=_("The MCP server was last told to send messages here"), value=when))
    return found


def _subscribed_at(connection: Connection) -> datetime | None:
    """It is told again every few hours: what is older than the log of requests is of no use any more."""
    told = ActionLog.objects.filter(
        connection=connection, path__endswith=SUBSCRIBE, error_code="", at__gte=connection.updated_at
    )
    return told.order_by("-at").values_list("at", flat=True).first()


def own_address(connection: Connection) -> str:
    """Empty where the connection has no channel yet."""
    channel = Channel.objects.filter(connection=connection).select_related("connection").first()
    return webhook_url(channel) if channel else ""
