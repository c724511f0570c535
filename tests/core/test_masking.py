"""Clients' phones as those see them who are not to dial them."""

import pytest

from apps.core.phones import mask_dictated, mask_phone, mask_phones


@pytest.mark.parametrize(
    ("phone", "masked"),
    [
        ("+79001234567", "+7 900 •••-••-67"),
        ("8 (900) 123-45-67", "+7 900 •••-••-67"),
        ("9001234567", "+7 900 •••-••-67"),
        ("+375 29 123-45-67", "+375 ••••••• 67"),
        ("звонить 12345", "звонить •••45"),
        ("", ""),
    ],
)
def test_a_phone_keeps_what_tells_clients_apart_and_no_more(phone, masked):
    assert mask_phone(phone) == masked


@pytest.mark.parametrize(
    "written",
    [
        "тел89001234567",
        "8-900-123-45-67 8 900 123 45 67",
        "900 123 45 67",
        "+7 (900) 123-45-67.",
        "89001234567 89001234567",
        "https://wa.me/79001234567",
        "tel:+79001234567",
        "дом. 123-45-67",
        "Записывайте: 8, 900, 123, 45, 67.",
        "восемь 900, 123-45-67",
        "8-495, 123, 45, 67",
        "8, 9, 0, 0, 1, 2, 3, 4, 5, 6, 7",
    ],
)
def test_phones_in_words_are_found_however_they_are_written(written):
    assert "12345" not in "".join(sign for sign in mask_phones(written) if sign.isdecimal())
    assert "67" in mask_phones(written)


@pytest.mark.parametrize(
    "words",
    [
        "IMEI 356938035643809",
        "карта 4111 1111 1111 1111",
        "90 000 – 95 000, 100 000–150 000, 35 000-40 000 ₽",
        "30.11.2026 14:00 - 15:00, 2026-11-28",
        "https://avito.ru/moskva/iphone_12_9234567890",
        "заказ №9234567890",
        "цены 990, 950, 85 и 70, по 7 500, 9 000",
        "мы работаем 7, 8, 9, 10, 11, 12, 13 числа",
        "сервер 192.168.100.20",
    ],
)
def test_prices_dates_and_numbers_of_things_stay(words):
    assert mask_phones(words) == words


def test_a_phone_that_is_dictated_over_several_utterances_is_one():
    said = ["Мой номер 8 900", "123,", "45, 67. Замена 3500 ₽", ""]
    assert mask_dictated(said) == ["Мой номер • •••", "•••,", "••, 67. Замена 3500 ₽", ""]
    assert mask_dictated(["с 9 до 900", "12 34 рубля"]) == ["с 9 до 900", "12 34 рубля"]
    assert mask_dictated([]) == []
