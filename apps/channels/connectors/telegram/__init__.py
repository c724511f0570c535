"""Telegram bots. https://core.telegram.org/bots/api"""

from apps.channels.connectors.telegram.checking import card_facts, check, install
from apps.channels.connectors.telegram.files import fetch
from apps.channels.connectors.telegram.inbound import parse
from apps.channels.connectors.telegram.outbound import render, send
from apps.channels.connectors.telegram.pressed import answer_press
from apps.channels.connectors.telegram.spec import LIMITS, PROOF_HEADERS, SPEC, Config
from apps.channels.connectors.telegram.tending import UPKEEP_EVERY, upkeep
from apps.channels.connectors.telegram.webhook import (
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
    "parse",
    "render",
    "secret_in",
    "secret_of",
    "send",
    "upkeep",
    "verify",
]
