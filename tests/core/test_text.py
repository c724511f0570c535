"""Text from outside is fit to store and to show, and what the AI quotes is found where it was written."""

import json
from typing import Any

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from apps.core.text import clean, clean_json, clean_name, find_words, normalise_words, shorten

ANYTHING = st.text(st.characters(codec=None, exclude_categories=[]))


@pytest.mark.parametrize(
    ("raw", "cleaned"),
    [
        ("Привет 🔋", "Привет 🔋"),
        ("a\x00b", "a\ufffdb"),
        ("a\ud83db", "a\ufffdb"),
        ("a\udd0b", "a\ufffd"),
        ("\ud83d\udd0b", "🔋"),  # a character in two halves
        ("שלום", "שלום"),
        ("👨‍👩‍👧", "👨‍👩‍👧"),
        ("строка\nдва", "строка\nдва"),
        ("", ""),
    ],
)
def test_only_what_cannot_be_stored_is_replaced(raw: str, cleaned: str) -> None:
    assert clean(raw, limit=None) == cleaned


@given(ANYTHING, st.integers(0, 20))
def test_cleaned_text_can_be_stored_and_is_within_its_limit(raw: str, limit: int) -> None:
    for text in (
        clean(raw, limit=limit),
        clean_name(raw, limit=limit),
        shorten(clean(raw, limit=None), limit + 1),
    ):
        text.encode("utf-8")
        assert "\x00" not in text
        assert len(text) <= limit + 1


@pytest.mark.parametrize(
    ("raw", "limit", "cut"),
    [
        ("абвг", 3, "абв"),
        ("й" * 4, 3, "ййй"),
        ("аи\u0306б", 2, "а"),  # not without its accent
        ("да👍🏽!", 3, "да"),  # not without its skin tone
        ("мы👨‍👩‍👧", 4, "мы"),  # not half a family
    ],
)
def test_a_cut_does_not_tear_a_character(raw: str, limit: int, cut: str) -> None:
    assert clean(raw, limit=limit) == cut


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("Анна", "Анна"),
        ("  Анна \n\t Петрова ", "Анна Петрова"),
        ("\u202eанна\u202c", "анна"),
        ("\u2066evil\u2069 \u200fname\u061c", "evil name"),
        ("a\x07b\x00c", "a b c"),
        ("A\u200bn\ufeffn\u00ada", "Anna"),
        ("👨‍👩‍👧 Семья", "👨‍👩‍👧 Семья"),
        ("دانیال", "دانیال"),
        ("\u202e\u200b", ""),
    ],
)
def test_a_name_is_one_visible_line_that_turns_nothing_around(raw: str, name: str) -> None:
    assert clean_name(raw) == name


def test_a_long_name_is_cut() -> None:
    assert clean_name("я" * 500) == "я" * 200
    assert len(clean_name("я" * 500, limit=None)) == 500


@pytest.mark.parametrize(
    ("raw", "limit", "short"),
    [
        ("коротко", 20, "коротко"),
        ("Замена батареи на iPhone", 20, "Замена батареи на…"),
        ("Замена батареи, срочно", 16, "Замена батареи…"),
        ("неразрывное", 6, "нераз…"),
        ("две\n\nстроки", 20, "две строки"),
    ],
)
def test_shortening_ends_between_words(raw: str, limit: int, short: str) -> None:
    assert shorten(raw, limit) == short


JSON: Any = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers(-(2**70), 2**70) | ANYTHING,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ANYTHING, inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.django_db
@given(JSON)
def test_cleaned_json_can_be_stored_as_jsonb(value: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::jsonb", [json.dumps(clean_json(value))])


def test_json_keeps_its_shape_and_order() -> None:
    value = {"b": ["x\x00", {"k\ud800": (1, 2.5)}], "a": None, "n": float("nan"), "big": 2**70, "t": True}
    cleaned = clean_json(value)
    assert cleaned == {
        "b": ["x\ufffd", {"k\ufffd": [1, 2.5]}],
        "a": None,
        "n": None,
        "big": 2**70,
        "t": True,
    }
    assert list(cleaned) == list(value)
    assert value["b"] == ["x\x00", {"k\ud800": (1, 2.5)}], "the original is left alone"


def test_json_of_any_depth_is_cleaned() -> None:
    value: Any = "\x00"
    for _ in range(100_000):
        value = [value]
    cleaned = clean_json(value)
    while isinstance(cleaned, list):
        cleaned = cleaned[0]
    assert cleaned == "\ufffd"


@pytest.mark.parametrize(
    ("needle", "haystack", "found"),
    [
        ("iPhone 14", "Замените батарею на IPHONE-14 пожалуйста", "IPHONE-14"),
        ("iphone14", "мой iPhone 14 Pro", "iPhone 14"),
        ("айфон 14 про", "Айфон14, про!", "Айфон14, про"),
        ("ещё вопрос", "А еще   вопрос?", "еще   вопрос"),
        ("Еще", "ЕЩЁ", "ЕЩЁ"),
        ("мой", "Мои\u0306 телефон", "Мои\u0306"),
        ("79001234567", "тел. +7 (900) 123-45-67.", "7 (900) 123-45-67"),
        ("батарея «Original»", "нужна батарея Original 🔋", "батарея Original"),
        ("он", "телефон у меня, он разбит", "он"),
        ("он он", "он и он он", "он он"),
        ("разбит экран", "разбит\nэкран", "разбит\nэкран"),
        ("Straße", "in der STRASSE", "STRASSE"),
    ],
)
def test_a_quote_is_found_where_it_stands(needle: str, haystack: str, found: str) -> None:
    span = find_words(needle, haystack)
    assert span is not None
    assert haystack[slice(*span)] == found


@pytest.mark.parametrize(
    ("needle", "haystack"),
    [
        ("он", "телефон"),
        ("iPhone 1", "iPhone 14"),
        ("4", "iPhone 14"),
        ("Samsung", "iPhone"),
        ("", "что угодно"),
        ("!?", "что угодно!?"),
        ("слово", ""),
    ],
)
def test_what_was_not_said_is_not_found(needle: str, haystack: str) -> None:
    assert find_words(needle, haystack) is None


@given(ANYTHING)
def test_every_word_is_where_it_says(text: str) -> None:
    words = normalise_words(text)
    assert all(text[word.start : word.end] for word in words)
    if words:
        assert find_words(text, text) == (words[0].start, words[-1].end)


def test_a_quote_is_found_in_a_very_long_text_at_once() -> None:
    assert find_words("аб" * 50, "а" * 100_000 + " конец") is None
    assert find_words("конец", "а б " * 25_000 + "Конец") == (100_000, 100_005)
