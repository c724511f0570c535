"""Avito goes on sending messages here, whatever was unsubscribed elsewhere."""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from apps.channels.connectors.avito import transport
from apps.channels.connectors.avito.spec import Config
from apps.integrations.contract import Tended
from apps.integrations.opening import Opened

UPKEEP_EVERY = timedelta(hours=6)


@sensitive_variables()
def upkeep(opened: Opened[Config]) -> Tended:
    """Subscribes again. An MCP server does not tell what it is subscribed to: it is simply told once more."""
    subscribed = transport.is_subscribed(opened)
    if subscribed or not transport.install(opened) or subscribed is None:
        return Tended()
    return Tended(
        mended=_(
            "Avito had stopped sending messages here; it has been told to send them again. What was written "
            "in between can be brought with «Bring earlier messages» on the channel's page."
        )
    )
