"""Drafts a reply from the conversation and the devices. A person sends it, never this program."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from apps.ai.asking import Unusable, ask
from apps.ai.contract import Ending, Request
from apps.ai.models import Purpose
from apps.ai.prompts import prompt_for
from apps.core.text import clean
from apps.integrations.models import Connection
from apps.tenants.models import Tenant

MAX_TOKENS = 500
MOST_MESSAGES = 30
MOST_CHARACTERS = 2_000  # of one message
MOST_DEVICES = 20
MOST_PRICES = 40

QUOTES = (("«", "»"), ('"', '"'), ("“", "”"))


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftFacts:
    """`conversation` holds (author, text), the oldest first; the author is "client" or "operator".

    `prices` are lines of the price list, each with its price: the best first, for there may be too many.
    """

    client_name: str
    conversation: Sequence[tuple[str, str]]
    devices: Sequence[str]
    prices: Sequence[str] = ()


def draft_reply(*, tenant: Tenant, connection: Connection, facts: DraftFacts) -> str:
    """Raises Unusable when there is no whole answer, and what `ask` raises."""
    prompt = prompt_for(tenant=tenant, purpose=Purpose.DRAFT)
    answer = ask(
        tenant=tenant,
        connection=connection,
        purpose=Purpose.DRAFT,
        request=Request(user=as_data(facts), system=prompt.system, max_tokens=MAX_TOKENS),
        prompt_number=prompt.number,
    )
    if answer.ending is not Ending.COMPLETE:
        raise Unusable(answer.ending)
    text = trimmed(answer.text)
    if not text:
        raise Unusable(Ending.INVALID)
    return text


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


def trimmed(text: str) -> str:
    """Without the quotes that models like to put around a message."""
    text = clean(text, limit=None).strip()
    for opening, closing in QUOTES:
        inside = text[1:-1]
        if len(text) > 1 and text[0] == opening and text[-1] == closing and closing not in inside:
            return inside.strip()
    return text
