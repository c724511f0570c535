"""What each Claude model accepts, what it costs, and which of them are gone.

As of November 2026: https://platform.claude.com/docs/about-claude/models/overview,
https://platform.claude.com/docs/about-claude/pricing, …/about-claude/model-deprecations.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import timezone

DEFAULT_MODEL = "claude-haiku-5-5"

OFF: Mapping[str, Any] = {"thinking": {"type": "disabled"}}
BETWEEN_TOOLS: Mapping[str, Any] = {"thinking": {"type": "between_tools"}}
LOW_EFFORT: Mapping[str, Any] = {"output_config": {"effort": "low"}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """`quiet` is what keeps a model from thinking; `thinks` says that it may all the same, out of max_tokens.

    Prices are USD for a million tokens, in and out. The defaults are for a model nobody here knows.
    """

    forced_tool: bool = False
    strict: bool = False
    quiet: Mapping[str, Any] = field(default_factory=dict)
    thinks: bool = True
    prices: tuple[Decimal, Decimal] | None = None

    def cost(self, *, input_tokens: int, output_tokens: int) -> Decimal:
        if self.prices is None:
            return Decimal(0)
        return (input_tokens * self.prices[0] + output_tokens * self.prices[1]) / 1_000_000


def _usd(per_input: str, per_output: str) -> tuple[Decimal, Decimal]:
    return Decimal(per_input), Decimal(per_output)


UNKNOWN = Capabilities()


def _classic(prices: tuple[Decimal, Decimal]) -> Capabilities:
    """Thinking is off until it is asked for."""
    return Capabilities(forced_tool=True, strict=True, thinks=False, prices=prices)


def _quieted(prices: tuple[Decimal, Decimal]) -> Capabilities:
    """Thinking is on by default; while it is, forcing a tool is refused."""
    return Capabilities(forced_tool=True, strict=True, quiet=OFF, thinks=False, prices=prices)


def _thinking(prices: tuple[Decimal, Decimal] | None = None) -> Capabilities:
    """Thinking is always on; forcing a tool is always refused."""
    return Capabilities(strict=True, quiet=LOW_EFFORT, prices=prices)


MODELS: Mapping[str, Capabilities] = {
    # Dearer above 100,000 tokens of prompt, which a client's messages never reach.
    "claude-haiku-5-5": _quieted(_usd("0.10", "0.50")),
    "claude-haiku-4-5": _classic(_usd("1", "5")),
    "claude-sonnet-5-5": Capabilities(strict=True, quiet=BETWEEN_TOOLS, prices=_usd("2", "10")),
    "claude-sonnet-5": _quieted(_usd("2", "10")),
    "claude-sonnet-4-6": _classic(_usd("3", "15")),
    "claude-sonnet-4-5": _classic(_usd("3", "15")),
    "claude-opus-5-5": _thinking(_usd("4", "20")),
    "claude-opus-5": _quieted(_usd("5", "25")),
    "claude-opus-4-8": _classic(_usd("5", "25")),
    "claude-opus-4-7": _classic(_usd("5", "25")),
    "claude-opus-4-6": _classic(_usd("5", "25")),
    "claude-opus-4-5": _classic(_usd("5", "25")),
    "claude-fable-5-2": _thinking(),
    "claude-fable-5-1": _thinking(_usd("10", "50")),
    "claude-fable-5": _thinking(_usd("10", "50")),
    "claude-mythos-5-2": _thinking(),
    "claude-mythos-5-1": _thinking(),
    "claude-mythos-5": _thinking(),
}

# From this day on the API answers 404 for every id that begins so.
RETIRED: Mapping[str, date] = {
    "claude-1": date(2024, 11, 6),
    "claude-2": date(2025, 7, 21),
    "claude-instant": date(2024, 11, 6),
    "claude-3-5-sonnet": date(2025, 10, 28),
    "claude-3-5-haiku": date(2026, 2, 19),
    "claude-3-7-sonnet": date(2026, 2, 19),
    "claude-3-opus": date(2026, 1, 5),
    "claude-3-sonnet": date(2025, 7, 21),
    "claude-3-haiku": date(2026, 4, 20),
    "claude-opus-4-0": date(2026, 6, 15),
    "claude-opus-4-20250514": date(2026, 6, 15),
    "claude-sonnet-4-0": date(2026, 6, 15),
    "claude-sonnet-4-20250514": date(2026, 6, 15),
    "claude-mythos-preview": date(2026, 6, 30),
    "claude-sonnet-4-5": date(2026, 11, 30),
}


def capabilities_of(model: str) -> Capabilities:
    """`claude-opus-5-9` is not `claude-opus-5`: only a date, an alias or a version may follow the name."""
    for name in sorted(MODELS, key=len, reverse=True):
        if re.fullmatch(rf"{re.escape(name)}([-@]\d{{8}}|-latest)?(-v\d.*)?", model):
            return MODELS[name]
    return UNKNOWN


def retires_on(model: str) -> date | None:
    """The day known for the model's end, passed or to come."""
    return next((day for name, day in RETIRED.items() if re.match(rf"{re.escape(name)}(?!\d)", model)), None)


def in_force(model: str) -> str:
    """The model to ask when the settings name this one: the default in place of one that is gone."""
    day = retires_on(model)
    return DEFAULT_MODEL if day is not None and day <= timezone.now().date() else model
