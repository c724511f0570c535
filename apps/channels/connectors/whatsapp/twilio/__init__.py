"""WhatsApp through Twilio. https://www.twilio.com/docs/whatsapp/api"""

from apps.channels.connectors.whatsapp.twilio.checking import card_facts, check, install
from apps.channels.connectors.whatsapp.twilio.client import fetch
from apps.channels.connectors.whatsapp.twilio.inbound import is_its_own, parse
from apps.channels.connectors.whatsapp.twilio.outbound import send
from apps.channels.connectors.whatsapp.twilio.webhook import (
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
