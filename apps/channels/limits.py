"""What binds a connection's messages: its connector's LIMITS, or those that follow from its settings."""

from apps.channels.contract import Limits
from apps.integrations.models import Connection
from apps.integrations.registry import connector


def limits_of(connection: Connection) -> Limits:
    """Raises UnknownConnector."""
    module = connector(connection.connector)
    found: Limits = module.limits_of(connection.config) if hasattr(module, "limits_of") else module.LIMITS
    return found
