"""Prices and shapes go by a model's name, and a newer model is never taken for an older one."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
import time_machine

from apps.ai.connectors.anthropic.body import strict_copy
from apps.ai.connectors.anthropic.capabilities import UNKNOWN, capabilities_of, in_force, retires_on
from apps.ai.extraction import TOOL


@pytest.mark.parametrize(
    ("model", "price"),
    [
        ("claude-haiku-5-5", "0.10"),
        ("claude-haiku-5-5-20261007", "0.10"),
        ("claude-opus-5", "5"),
        ("claude-opus-5-5", "4"),
        ("claude-opus-5-20260724", "5"),
        ("claude-sonnet-4-5-20250929", "3"),
        ("claude-haiku-4-5@20251001", "1"),
    ],
)
def test_a_models_price_is_found_with_or_without_its_date(model: str, price: str) -> None:
    prices = capabilities_of(model).prices
    assert prices is not None
    assert prices[0] == Decimal(price)


@pytest.mark.parametrize("model", ["claude-opus-5-9", "claude-haiku-6", "claude-opus-55", "gpt-5", ""])
def test_an_unknown_model_is_asked_in_the_plainest_shape(model: str) -> None:
    assert capabilities_of(model) is UNKNOWN


@pytest.mark.parametrize(
    "model",
    [
        "claude-2.1",
        "claude-instant-1.2",
        "claude-3-5-sonnet-20241022",
        "claude-3-5-sonnet-latest",
        "claude-3-opus-20240229",
        "claude-sonnet-4-20250514",
        "claude-opus-4-0",
    ],
)
def test_retired_models_are_replaced(model: str) -> None:
    assert in_force(model) == "claude-haiku-5-5"


@pytest.mark.parametrize("model", ["claude-haiku-5-5", "claude-opus-4-5", "claude-sonnet-4-6", "claude-20"])
def test_living_models_are_not(model: str) -> None:
    assert retires_on(model) is None
    assert in_force(model) == model


def test_a_model_is_replaced_from_the_day_it_ends() -> None:
    with time_machine.travel(datetime(2026, 11, 29, 23, 59, tzinfo=UTC)):
        assert in_force("claude-sonnet-4-5") == "claude-sonnet-4-5"
    with time_machine.travel(datetime(2026, 11, 30, 0, 1, tzinfo=UTC)):
        assert in_force("claude-sonnet-4-5") == "claude-haiku-5-5"


def test_the_strict_copy_leaves_the_customers_schema_alone() -> None:
    strict_copy(TOOL.schema)
    assert "required" not in TOOL.schema
    assert "additionalProperties" not in TOOL.schema["properties"]["devices"]["items"]


def test_what_was_required_stays_and_what_was_optional_may_be_null() -> None:
    schema = {
        "type": "object",
        "properties": {"name": {"type": "string"}, "note": {"type": "string"}, "tags": {"type": "array"}},
        "required": ["name"],
    }
    assert strict_copy(schema) == {
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "note": {"type": ["string", "null"]},
            "tags": {"type": "array"},
        },
        "required": ["name", "note", "tags"],
        "additionalProperties": False,
    }
