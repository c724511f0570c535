"""WhatsApp Cloud API. https://developers.facebook.com/documentation/business-messaging/whatsapp"""

from apps.channels.connectors.whatsapp.checking import card_facts, check, install
from apps.channels.connectors.whatsapp.failures import FAILURE_CODES, sentence_of
from apps.channels.connectors.whatsapp.files import fetch
from apps.channels.connectors.whatsapp.inbound import parse
from apps.channels.connectors.whatsapp.outbound import render, send
from apps.channels.connectors.whatsapp.receipts import mark_read
from apps.channels.connectors.whatsapp.spec import LIMITS, PROOF_HEADERS, SPEC, Config
from apps.channels.connectors.whatsapp.templates import TEMPLATES_MADE_AT, templates
from apps.channels.connectors.whatsapp.webhook import (
    account_in,
    account_of,
    handshake,
    secret_in,
    secret_of,
    verify,
)

__all__ = [
    "FAILURE_CODES",
    "LIMITS",
    "PROOF_HEADERS",
    "SPEC",
    "TEMPLATES_MADE_AT",
    "Config",
    "account_in",
    "account_of",
    "card_facts",
    "check",
    "fetch",
    "handshake",
    "install",
    "mark_read",
    "parse",
    "render",
    "secret_in",
    "secret_of",
    "send",
    "sentence_of",
    "templates",
    "verify",
]
