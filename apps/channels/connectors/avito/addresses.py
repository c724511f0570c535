"""Where messages of one channel are to be sent, and what its card says of it."""

from django.utils.translation import gettext_lazy as _

from apps.channels.models import Channel
from apps.channels.registering import webhook_url
from apps.integrations.contract import Fact
from apps.integrations.models import Connection


def card_facts(connection: Connection) -> list[Fact]:
    address = own_address(connection)
    return [Fact(label=_("Webhook address"), value=address, copyable=True)] if address else []


def own_address(connection: Connection) -> str:
    """Empty where the connection has no channel yet."""
    channel = Channel.objects.filter(connection=connection).select_related("connection").first()
    return webhook_url(channel) if channel else ""
