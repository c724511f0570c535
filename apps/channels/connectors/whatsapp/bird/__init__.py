"""WhatsApp through Bird, formerly MessageBird. https://docs.bird.com/api/channels-api"""

from apps.channels.connectors.whatsapp.bird.checking import card_facts, check, install
from apps.channels.connectors.whatsapp.bird.client import fetch
from apps.channels.connectors.whatsapp.bird.inbound import is_its_own, parse
from apps.channels.connectors.whatsapp.bird.outbound import send
from apps.channels.connectors.whatsapp.bird.webhook import (
    PROOF_HEADERS,
    account_in,
    account_of,
    handshake,
    verify,
)

__all__ = [
    "PROOF_HEADERS",
    "account_in",
    "account_of",
    "card_facts",
    "check",
    "fetch",
    "handshake",
    "install",
    "is_its_own",
    "parse",
    "send",
    "verify",
]
