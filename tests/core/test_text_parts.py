"""A long text in parts: nothing but blanks is lost, and every part fits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.text import parts_of


def in_bytes(text: str) -> int:
    return len(text.encode())


def test_a_short_text_is_one_part() -> None:
    assert parts_of("  Здравствуйте!\n", limit=20) == ["Здравствуйте!"]
    assert parts_of("   ", limit=20) == []


@pytest.mark.parametrize(
    ("text", "limit", "parts"),
    [
        ("один два три", 8, ["один два", "три"]),
        ("один два три", 9, ["один два", "три"]),
        ("первая строка\nвторая", 16, ["первая строка", "вторая"]),
        ("а\nдлинное слово тут", 16, ["а\nдлинное слово", "тут"]),
        ("абвгдежз", 3, ["абв", "где", "жз"]),
    ],
)
def test_it_is_broken_with_lines_words_or_anywhere(text: str, limit: int, parts: list[str]) -> None:
    assert parts_of(text, limit=limit) == parts


def test_bytes_are_counted_where_the_service_counts_them() -> None:
    assert parts_of("ааа ббб", limit=8, measure=in_bytes) == ["ааа", "ббб"]
    assert parts_of("🔋🔋🔋", limit=5, measure=in_bytes) == ["🔋", "🔋", "🔋"]


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])), st.integers(4, 40))
def test_every_part_fits_and_the_words_are_all_there(text: str, limit: int) -> None:
    parts = parts_of(text, limit=limit, measure=in_bytes)
    assert all(0 < in_bytes(part) <= limit for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())
