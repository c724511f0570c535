"""The channels and what arrived through them, for administrators."""

from apps.channels.admin.backfill import BackfillAdmin
from apps.channels.admin.channel import ChannelAdmin
from apps.channels.admin.inbound import InboundEventAdmin

__all__ = ["BackfillAdmin", "ChannelAdmin", "InboundEventAdmin"]
