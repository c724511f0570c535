"""Avito's messenger. https://developers.avito.ru/api-catalog/messenger/documentation"""

from apps.channels.connectors.avito.addresses import card_facts
from apps.channels.connectors.avito.history import history
from apps.channels.connectors.avito.inbound import parse
from apps.channels.connectors.avito.profiles import profile
from apps.channels.connectors.avito.reading import read_times
from apps.channels.connectors.avito.spec import ADDRESS_PROVES, LIMITS, PROOF_HEADERS, SPEC, Config
from apps.channels.connectors.avito.tending import UPKEEP_EVERY, upkeep
from apps.channels.connectors.avito.transport import check, fetch, install, mark_read, send
from apps.channels.connectors.avito.webhook import (
    account_in,
    account_of,
    handshake,
    secret_in,
    secret_of,
    verify,
)

__all__ = [
    "ADDRESS_PROVES",
    "LIMITS",
    "PROOF_HEADERS",
    "SPEC",
    "UPKEEP_EVERY",
    "Config",
    "account_in",
    "account_of",
    "card_facts",
    "check",
    "fetch",
    "handshake",
    "history",
    "install",
    "mark_read",
    "parse",
    "profile",
    "read_times",
    "secret_in",
    "secret_of",
    "send",
    "upkeep",
    "verify",
]
