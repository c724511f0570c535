"""Moments of outside services are aware, and a wrong clock does not move a message by years."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.time import from_vendor

MOSCOW = ZoneInfo("Europe/Moscow")
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
THEN = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
SECONDS = int(THEN.timestamp())


@pytest.mark.parametrize(
    "value",
    [
        SECONDS,
        float(SECONDS),
        str(SECONDS),
        SECONDS * 1000,
        f" {SECONDS}000 ",
        "2026-11-20T09:30:00Z",
        "2026-11-20T12:30:00+03:00",
        "2026-11-20T12:30:00",
        "2026-11-20 12:30",
        "2026-11-20T09:30:00.000Z",
    ],
)
def test_every_notation_of_a_moment_is_read(value: Any) -> None:
    read = from_vendor(value, default_tz=MOSCOW, now=NOW)
    assert read == THEN
    assert read.utcoffset() == timedelta(0)


NO_NUMBERS = [None, True, float("nan"), float("inf"), "", "вчера", "9" * 400, "2026-13-40"]
FAR_NUMBERS = [0, -1, 1, 1e11, 10**30, -(10**30)]
FAR_DATES = ["0001-01-01T00:00+14:00", "1970-01-01", "2004-12-31T23:59:59Z", "2026-11-22T12:00:01Z"]


@pytest.mark.parametrize("value", [*NO_NUMBERS, *FAR_NUMBERS, *FAR_DATES])
def test_an_absurd_moment_is_now(value: Any) -> None:
    assert from_vendor(value, default_tz=MOSCOW, now=NOW) == NOW


def test_a_clock_that_is_a_little_fast_is_believed() -> None:
    assert from_vendor("2026-11-22T11:59:00Z", default_tz=UTC, now=NOW) > NOW


@given(st.none() | st.integers() | st.floats() | st.text())
def test_whatever_comes_is_a_moment_that_can_be_trusted(value: Any) -> None:
    read = from_vendor(value, default_tz=MOSCOW, now=NOW)
    assert datetime(2005, 1, 1, tzinfo=UTC) <= read <= NOW + timedelta(days=1)
