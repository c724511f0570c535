"""What questions to a model will cost, before they are asked: by their length and the prices of today."""

from collections.abc import Iterable
from decimal import Decimal
from math import ceil
from typing import Any

from apps.integrations.models import Connection
from apps.integrations.opening import open_connection
from apps.integrations.registry import connector

# Of Russian as models read it, JSON around it included. Cautiously few: it will rather be less in the end.
CHARACTERS_PER_TOKEN = 2.4


def tokens_of(characters: int) -> int:
    return ceil(characters / CHARACTERS_PER_TOKEN)


def estimate(connection: Connection, *, questions: Iterable[tuple[int, int]]) -> Decimal | None:
    """USD for questions of so many characters, whose answers have so many tokens. None: no price is known."""
    module: Any = connector(connection.connector)
    prices_of = getattr(module, "prices_of", None)
    prices = prices_of(open_connection(connection).config) if prices_of else None
    if prices is None:
        return None
    asked, answered = 0, 0
    for characters, tokens in questions:
        asked += tokens_of(characters)
        answered += tokens
    return (asked * prices[0] + answered * prices[1]) / 1_000_000  # type: ignore[no-any-return]
