"""WhatsApp, through the Cloud API of Meta or another provider: `providers.py` tells which."""

from apps.channels.connectors.whatsapp.failures import FAILURE_CODES, sentence_of
from apps.channels.connectors.whatsapp.first import client_by_phone
from apps.channels.connectors.whatsapp.limits import limits_of
from apps.channels.connectors.whatsapp.outbound import render
from apps.channels.connectors.whatsapp.providers import (
    PROOF_HEADERS,
    account_in,
    account_of,
    accounts_in,
    card_facts,
    check,
    fetch,
    handshake,
    install,
    parse,
    part_of,
    secret_in,
    secret_of,
    send,
    verify,
)
from apps.channels.connectors.whatsapp.receipts import mark_read
from apps.channels.connectors.whatsapp.spec import FORM_BODIES, LIMITS, SPEC, Config
from apps.channels.connectors.whatsapp.templates import TEMPLATES_MADE_AT, templates

__all__ = [
    "FAILURE_CODES",
    "FORM_BODIES",
    "LIMITS",
    "PROOF_HEADERS",
    "SPEC",
    "TEMPLATES_MADE_AT",
    "Config",
    "account_in",
    "account_of",
    "accounts_in",
    "card_facts",
    "check",
    "client_by_phone",
    "fetch",
    "handshake",
    "install",
    "limits_of",
    "mark_read",
    "parse",
    "part_of",
    "render",
    "secret_in",
    "secret_of",
    "send",
    "sentence_of",
    "templates",
    "verify",
]
