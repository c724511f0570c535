"""Instagram Direct. https://developers.facebook.com/docs/instagram-platform"""

from apps.channels.connectors._meta.checking import facts as card_facts
from apps.channels.connectors._meta.client import fetch
from apps.channels.connectors._meta.receipts import mark_read
from apps.channels.connectors._meta.webhook import (
    PROOF_HEADERS,
    account_in,
    account_of,
    accounts_in,
    handshake,
    part_of,
    secret_in,
    secret_of,
    verify,
)
from apps.channels.connectors.instagram.checking import check, install
from apps.channels.connectors.instagram.messages import parse, profile, render, send
from apps.channels.connectors.instagram.renewing import TOKEN_DEPENDS_ON, upkeep
from apps.channels.connectors.instagram.spec import LIMITS, SPEC, Config

__all__ = [
    "LIMITS",
    "PROOF_HEADERS",
    "SPEC",
    "TOKEN_DEPENDS_ON",
    "Config",
    "account_in",
    "account_of",
    "accounts_in",
    "card_facts",
    "check",
    "fetch",
    "handshake",
    "install",
    "mark_read",
    "parse",
    "part_of",
    "profile",
    "render",
    "secret_in",
    "secret_of",
    "send",
    "upkeep",
    "verify",
]
