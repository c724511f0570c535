"""Outgoing webhooks: the receivers, and the log of what was sent to them."""

from apps.integrations.admin.webhooks.deliveries import WebhookDeliveryAdmin
from apps.integrations.admin.webhooks.endpoints import WebhookEndpointAdmin

__all__ = ["WebhookDeliveryAdmin", "WebhookEndpointAdmin"]
