"""Bots in MAX. https://dev.max.ru/docs-api"""

from apps.channels.connectors.max.checking import card_facts, check, install
from apps.channels.connectors.max.files import fetch
from apps.channels.connectors.max.inbound import parse
from apps.channels.connectors.max.outbound import render, send, upload
from apps.channels.connectors.max.pressed import answer_press
from apps.channels.connectors.max.receipts import mark_read
from apps.channels.connectors.max.spec import ACCEPTED, LIMITS, PROOF_HEADERS, SPEC, Config
from apps.channels.connectors.max.tending import UPKEEP_EVERY, upkeep
from apps.channels.connectors.max.webhook import (
    account_in,
    account_of,
    handshake,
    secret_in,
    secret_of,
    verify,
)

__all__ = [
    "ACCEPTED",
    "LIMITS",
    "PROOF_HEADERS",
    "SPEC",
    "UPKEEP_EVERY",
    "Config",
    "account_in",
    "account_of",
    "answer_press",
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
    "upkeep",
    "upload",
    "verify",
]
