"""Channels and what passes through them."""

from apps.channels.models.backfill import Backfill
from apps.channels.models.channel import Channel
from apps.channels.models.delivery import Attempt, Delivery
from apps.channels.models.inbound import InboundEvent, Outcome
from apps.channels.models.poll import Poll
from apps.channels.models.press import Press
from apps.channels.models.readcheck import ReadCheck
from apps.channels.models.receipt import Receipt
from apps.channels.models.silence import Silence
from apps.channels.models.template import KnownTemplate, TemplateList
from apps.channels.models.webchat import ChatLine, ChatVisitor

__all__ = [
    "Attempt",
    "Backfill",
    "Channel",
    "ChatLine",
    "ChatVisitor",
    "Delivery",
    "InboundEvent",
    "KnownTemplate",
    "Outcome",
    "Poll",
    "Press",
    "ReadCheck",
    "Receipt",
    "Silence",
    "TemplateList",
]
