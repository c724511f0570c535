"""Drafts a reply from the conversation and the devices. Whether it is sent is decided elsewhere."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from apps.ai.models import Purpose
from apps.ai.writing import write
from apps.integrations.models import Connection
from apps.tenants.models import Tenant

MOST_MESSAGES = 30
MOST_CHARACTERS = 2_000  # of one message
MOST_DEVICES = 20
MOST_PRICES = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftFacts:
    """`conversation` holds (author, text), the oldest first; the author is "client", "operator" or, of what
    went out without a person, "assistant".

    `prices` are lines of the price list, each with its price: the best first, for there may be too many.
    """

    client_name: str
    conversation: Sequence[tuple[str, str]]
    devices: Sequence[str]
    prices: Sequence[str] = ()


def draft_reply(*, tenant: Tenant, connection: Connection, facts: DraftFacts) -> str:
    """Raises `asking.Unusable` when there is no whole answer, and what `asking.ask` raises."""
    return write(tenant=tenant, connection=connection, purpose=Purpose.DRAFT, user=as_data(facts))


def as_data(facts: DraftFacts) -> str:
    """JSON, so that no client can write an ending to the data and go on as somebody else."""
    conversation = [
        {"author": author, "text": text[:MOST_CHARACTERS]}
        for author, text in list(facts.conversation)[-MOST_MESSAGES:]
    ]
    data = {
        "client_name": facts.client_name,
        "devices": list(facts.devices)[:MOST_DEVICES],
        **({"prices": list(facts.prices)[:MOST_PRICES]} if facts.prices else {}),
        "conversation": conversation,
    }
    return json.dumps(data, ensure_ascii=False, indent=1)
