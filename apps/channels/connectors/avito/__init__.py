"""Avito's messenger. https://developers.avito.ru/api-catalog/messenger/documentation"""

from apps.channels.connectors.avito.checking import card_facts, check, install
from apps.channels.connectors.avito.files import fetch
from apps.channels.connectors.avito.inbound import parse
from apps.channels.connectors.avito.outbound import render, send
from apps.channels.connectors.avito.receipts import mark_read
from apps.channels.connectors.avito.spec import LIMITS, PROOF_HEADERS, SPEC, Config
from apps.channels.connectors.avito.webhook import (
    account_in,
    account_of,
    handshake,
    secret_in,
    secret_of,
    verify,
)

__all__ = [
    "LIMITS",
    "PROOF_HEADERS",
    "SPEC",
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
    "verify",
]
