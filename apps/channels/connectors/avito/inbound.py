"""What comes in: Avito's own webhook, or the normalised message of an MCP server; the content tells which.

Either transport may bring either: an MCP server may pass a webhook on as it is.
"""

from datetime import datetime

from apps.channels.connectors.avito import hooks, normalised
from apps.channels.contract import Ignored, Inbound
from apps.channels.shapes import decoded


def parse(body: bytes, *, received_at: datetime, timezone: str) -> list[Inbound]:
    """Raises Rejected where the body is neither."""
    found = decoded(body)
    if not found:
        return [Ignored(reason="probe")]  # Avito asks whether the address is there
    if normalised.is_normalised(found):
        return [normalised.read(found, body, received_at=received_at, timezone=timezone)]
    return [hooks.read(found, received_at=received_at, timezone=timezone)]
