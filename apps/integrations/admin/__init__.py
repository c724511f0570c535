"""The integrations pages: cards, one connection, the log of what left through them."""

from apps.integrations.admin.action_log import ActionLogAdmin
from apps.integrations.admin.connections import ConnectionAdmin

__all__ = ["ActionLogAdmin", "ConnectionAdmin"]
