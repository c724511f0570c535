"""Avito through the customer's own MCP REST API server, which holds Avito's tokens and sends for us."""

from apps.channels.connectors.avito_mcp.checking import card_facts, check, install
from apps.channels.connectors.avito_mcp.files import fetch
from apps.channels.connectors.avito_mcp.history import Page, history
from apps.channels.connectors.avito_mcp.inbound import parse
from apps.channels.connectors.avito_mcp.outbound import mark_read, render, send
from apps.channels.connectors.avito_mcp.spec import LIMITS, PROOF_HEADERS, SPEC, Config
from apps.channels.connectors.avito_mcp.webhook import (
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
    "Page",
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
    "render",
    "secret_in",
    "secret_of",
    "send",
    "verify",
]
