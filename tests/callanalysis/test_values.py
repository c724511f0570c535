"""A cell holds what its column wants, or nothing: an answer is never bent until it fits."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.callanalysis.models import ColumnType
from apps.callanalysis.publishing import column
from apps.callanalysis.values import NotOfThisType, read_value


def of(type: str, **more) -> dict:
    return column(name="x", title="X", type=type, **more)


CHOICE = of("choice", options=["Да, сегодня", "Позвонить ещё раз"])


@pytest.mark.parametrize(
    ("asked", "said", "value"),
    [
        (of("text"), "  Samsung \x00", "Samsung �"),
        (of("number"), "12", 12),
        (of("number"), "-3,5", -3.5),
        (of("number"), "12 500", 12500),
        (of("money"), "5000.00 RUB", {"amount": "5000.00", "currency": "RUB"}),
        (of("money"), "12 500,5 руб.", {"amount": "12500.50", "currency": "RUB"}),
        (of("money"), "99 ₽", {"amount": "99.00", "currency": "RUB"}),
        (of("date"), "2026-11-30", "2026-11-30"),
        (of("bool"), "Да", True),
        (of("bool"), "no", False),
        (CHOICE, "позвонить еще раз", "Позвонить ещё раз"),
    ],
)
def test_what_fits_is_taken(asked, said, value):
    found = read_value(asked, said)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize("type", ColumnType.values)
def test_nothing_said_is_nothing(type):
    assert read_value(of(type, options=["a"]), "  ") is None


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (of("number"), "около 12"),
        (of("number"), "1e5"),
        (of("number"), "12 50"),
        (of("number"), "NaN"),
        (of("number"), "1" * 30),
        (of("money"), "5000"),
        (of("money"), "RUB 5000"),
        (of("money"), "5000 тугриков"),
        (of("money"), "5-10 RUB"),
        (of("date"), "завтра"),
        (of("date"), "30.11.2026"),
        (of("date"), "2026-02-30"),
        (of("date"), "20261130"),
        (of("bool"), "наверное"),
        (CHOICE, "Да"),
    ],
)
def test_what_does_not_fit_is_refused_in_words(asked, said):
    with pytest.raises(NotOfThisType) as refusal:
        read_value(asked, said)
    assert said[:20] in str(refusal.value)


@given(st.sampled_from([one for one in ColumnType.values if one != "text"]), st.text(max_size=40))
def test_whatever_is_said_ends_as_a_refusal_or_a_value_that_reads_as_itself(type, said):
    asked = of(type, options=["a", "b"])
    with suppress(NotOfThisType):
        value = read_value(asked, said)
        assert read_value(asked, written(value)) == value


@given(
    st.decimals(min_value=-(10**12), max_value=10**12, places=2), st.sampled_from(["RUB", "₽", "руб.", "USD"])
)
def test_every_sum_is_read_to_the_last_kopeck(amount, currency):
    assert read_value(of("money"), f"{amount:f} {currency}")["amount"] == f"{amount:f}"


def written(value) -> str:
    if value is None:
        return ""
    if isinstance(value, dict):
        return " ".join(value.values())
    return {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)
