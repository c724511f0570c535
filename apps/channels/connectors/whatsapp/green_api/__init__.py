"""WhatsApp through Green API, which is not official. https://green-api.com/en/docs/api/"""

from apps.channels.connectors.whatsapp.green_api.checking import card_facts, check, install
from apps.channels.connectors.whatsapp.green_api.client import fetch
from apps.channels.connectors.whatsapp.green_api.inbound import is_its_own, parse
from apps.channels.connectors.whatsapp.green_api.outbound import send
from apps.channels.connectors.whatsapp.green_api.webhook import (
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
