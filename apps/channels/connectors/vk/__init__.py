"""Messages to VK communities. https://dev.vk.com/ru/api/bots/overview"""

from apps.channels.connectors.vk.checking import card_facts, check, install
from apps.channels.connectors.vk.files import fetch
from apps.channels.connectors.vk.history import history
from apps.channels.connectors.vk.inbound import parse
from apps.channels.connectors.vk.longpoll import poll, polls
from apps.channels.connectors.vk.outbound import render, send
from apps.channels.connectors.vk.pressed import answer_press
from apps.channels.connectors.vk.profiles import profile
from apps.channels.connectors.vk.receipts import mark_read
from apps.channels.connectors.vk.spec import ACCEPTED, LIMITS, PROOF_HEADERS, SPEC, Config
from apps.channels.connectors.vk.tending import UPKEEP_EVERY, upkeep
from apps.channels.connectors.vk.webhook import (
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
    "history",
    "install",
    "mark_read",
    "parse",
    "poll",
    "polls",
    "profile",
    "render",
    "secret_in",
    "secret_of",
    "send",
    "upkeep",
    "verify",
]
