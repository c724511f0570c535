"""The integrations pages: cards, one connection, the log of what left through them."""

from apps.integrations.admin.action_log import ActionLogAdmin
from apps.integrations.admin.connections import ConnectionAdmin
from apps.integrations.admin.webhooks import WebhookDeliveryAdmin, WebhookEndpointAdmin

__all__ = ["ActionLogAdmin", "ConnectionAdmin", "WebhookDeliveryAdmin", "WebhookEndpointAdmin"]
