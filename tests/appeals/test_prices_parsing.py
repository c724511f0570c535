"""What a price list's file says: which column is what, which price is meant, which row is wrong."""

from decimal import Decimal

import pytest
from django.utils import translation

from apps.appeals.prices.amounts import Amount, NoAmount, read_amount
from apps.appeals.prices.columns import head_of, is_enough
from apps.appeals.prices.parsing import Problem, Row, parsed


@pytest.mark.parametrize(
    ("text", "price", "price_to", "is_from", "currency"),
    [
        ("3500", "3500", None, False, ""),
        ("3 500,50 ₽", "3500.50", None, False, "RUB"),
        ("3\u00a0500\u00a0руб.", "3500", None, False, "RUB"),
        ("12'500", "12500", None, False, ""),
        ("3500.5", "3500.5", None, False, ""),
        ("3.500", "3500", None, False, ""),
        ("3,500", "3500", None, False, ""),
        ("1,234,567.89", "1234567.89", None, False, ""),
        ("1.234.567,89 р", "1234567.89", None, False, "RUB"),
        ("0,5", "0.5", None, False, ""),
        ("от 3500", "3500", None, True, ""),
        ("От 3 500 руб", "3500", None, True, "RUB"),
        ("3500+", "3500", None, True, ""),
        ("до 4000", "0", "4000", False, ""),
        ("3500–4000", "3500", "4000", False, ""),
        ("3 500 - 4 000 ₽", "3500", "4000", False, "RUB"),
        ("от 3500 до 4000", "3500", "4000", False, ""),
        ("3500-3500", "3500", None, False, ""),
        ("$ 20", "20", None, False, "USD"),
        ("20 000 тг", "20000", None, False, "KZT"),
        ("Бесплатно", "0", None, False, ""),
        ("3500.-", "3500", None, False, ""),
    ],
)
def test_a_price_is_read_as_people_write_it(
    text: str, price: str, price_to: str | None, is_from: bool, currency: str
) -> None:
    expected = Amount(
        price=Decimal(price),
        price_to=Decimal(price_to) if price_to else None,
        is_from=is_from,
        currency=currency,
    )
    assert read_amount(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "договорная",
        "-500",
        "3500 4000",
        "4000-3500",
        "3500 / 4000",
        "1,2345",
        "20 $ 20 ₽",
        "9" * 12,
        "3500 штук",
    ],
)
def test_what_is_no_price_is_told(text: str) -> None:
    with pytest.raises(NoAmount) as caught:
        read_amount(text)
    assert str(caught.value.public)


def test_columns_are_known_by_their_heads_in_both_languages() -> None:
    russian = [
        "№",
        "Бренд",
        "Модель",
        "Наименование работы",
        "Запчасть",
        "Цена, ₽",
        "Гарантия (дней)",
        "Срок",
    ]
    assert head_of([["Прайс на ноябрь"], [], russian]) == (
        3,
        ["", "brand", "model", "work", "part", "price", "warranty", "duration"],
    )
    assert head_of([["Brand", "Model", "Service", "Price", "Price to"]])[1] == [
        "brand",
        "model",
        "work",
        "price",
        "price_to",
    ]


def test_a_file_without_known_heads_is_left_to_the_person() -> None:
    header_rows, columns = head_of([["iPhone 14", "АКБ", "3500"]])
    assert (header_rows, columns) == (0, ["", "", ""])
    assert not is_enough(columns)
    assert not is_enough(["model", "price"])
    assert is_enough(["part", "price"])


COLUMNS = ["brand", "model", "work", "price"]


def test_rows_become_prices_and_errors_name_their_row() -> None:
    cells = [
        ["Бренд", "Модель", "Работа", "Цена"],
        ["Apple", "iPhone 14", "Замена АКБ", "3500"],
        [],
        ["Apple", "iPhone 14", "замена  акб", "3600"],
        ["Apple", "iPhone 14", "", "3600"],
        ["Apple", "iPhone 14", "Экран", "по запросу"],
        ["Apple", "iPhone 14", "Стекло"],
        ["Apple", "x" * 151, "Стекло", "1"],
    ]
    good, *bad = parsed(cells, COLUMNS, 1)
    assert isinstance(good, Row)
    assert (good.number, good.values["price"], good.values["work"]) == (2, Decimal(3500), "Замена АКБ")
    assert [row.number for row in bad] == [4, 5, 6, 7, 8]
    assert all(isinstance(row, Problem) for row in bad)
    # Whose price it is is known of all but the one that names no work.
    assert [bool(row.identity) for row in bad] == [True, False, True, True, True]


def test_a_row_that_repeats_another_and_is_wrong_itself_is_told_both() -> None:
    cells = [["iPhone 13", "Замена дисплея", "12900"], ["iPhone 13", "замена дисплея", "дорого"]]
    with translation.override("en"):
        _good, bad = parsed(cells, ["model", "work", "price"], 0)
    assert isinstance(bad, Problem)
    assert bad.text == "no number in the price; the same as row 1"


def test_a_column_that_the_file_lacks_says_nothing() -> None:
    [row] = parsed([["Apple", "iPhone 14", "АКБ", "от 3500"]], COLUMNS, 0)
    assert isinstance(row, Row)
    assert "warranty" not in row.values
    assert "currency" not in row.values
    assert row.values["is_from"] is True


def test_a_range_in_two_columns_and_a_line_out_of_use() -> None:
    columns = ["work", "price", "price_to", "currency", "is_active"]
    [row] = parsed([["АКБ", "3500", "4000", "руб.", "нет"]], columns, 0)
    assert isinstance(row, Row)
    assert (row.values["price_to"], row.values["currency"], row.values["is_active"]) == (
        Decimal(4000),
        "RUB",
        False,
    )
    [wrong] = parsed([["АКБ", "3500", "3000"]], columns, 0)
    [unknown] = parsed([["АКБ", "3500", "", "фантики"]], columns, 0)
    assert isinstance(wrong, Problem)
    assert isinstance(unknown, Problem)
