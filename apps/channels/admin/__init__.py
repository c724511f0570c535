"""The channels and what arrived through them, for administrators."""

from apps.channels.admin.channel import ChannelAdmin
from apps.channels.admin.inbound import InboundEventAdmin

__all__ = ["ChannelAdmin", "InboundEventAdmin"]
