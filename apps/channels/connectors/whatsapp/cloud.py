"""WhatsApp Cloud API of Meta. https://developers.facebook.com/documentation/business-messaging/whatsapp"""

from apps.channels.connectors.whatsapp.checking import card_facts, check, install
from apps.channels.connectors.whatsapp.files import fetch
from apps.channels.connectors.whatsapp.inbound import parse
from apps.channels.connectors.whatsapp.outbound import send
from apps.channels.connectors.whatsapp.spec import SIGNATURE_HEADER
from apps.channels.connectors.whatsapp.webhook import account_in, account_of, handshake, verify

PROOF_HEADERS = (SIGNATURE_HEADER,)

__all__ = [
    "PROOF_HEADERS",
    "account_in",
    "account_of",
    "card_facts",
    "check",
    "fetch",
    "handshake",
    "install",
    "parse",
    "send",
    "verify",
]
