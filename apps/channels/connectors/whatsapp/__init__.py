"""WhatsApp, through the Cloud API of Meta or another provider: `providers.py` tells which."""

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
from apps.channels.connectors.whatsapp.spec import FORM_BODIES, LIMITS, SPEC, Config

__all__ = [
    "FORM_BODIES",
    "LIMITS",
    "PROOF_HEADERS",
    "SPEC",
    "Config",
    "account_in",
    "account_of",
    "accounts_in",
    "card_facts",
    "check",
    "fetch",
    "handshake",
    "install",
    "limits_of",
    "parse",
    "part_of",
    "render",
    "secret_in",
    "secret_of",
    "send",
    "verify",
]
