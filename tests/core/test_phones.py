"""Phone numbers as people type them."""

import pytest

from apps.core.phones import normalise_phone


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("8 (900) 123-45-67", "+79001234567"),
        ("+7 900 123 45 67", "+79001234567"),
        ("79001234567", "+79001234567"),
        ("900 1234567", "+79001234567"),
        ("+375 29 123-45-67", "+375291234567"),
        ("+8 10 1234 5678", "+81012345678"),
        ("", ""),
        ("12345", ""),
        ("+" + "1" * 16, ""),
        ("8 900 123 45 67 Иван", ""),
        ("٩٠٠١٢٣٤٥٦٧", "+79001234567"),
        ("²³⁴⁵⁶⁷⁸⁹", ""),
    ],
)
def test_a_number_is_one_however_it_is_typed(typed, kept):
    assert normalise_phone(typed) == kept
