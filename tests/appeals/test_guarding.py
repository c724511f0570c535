"""The number guard: which figures a text holds, what each may mean, and on whose word it rests."""

from datetime import date
from decimal import Decimal

import pytest

from apps.appeals.guarding import Finding, Kind, Source, SourceKind, Value, find_figures, judge
from apps.appeals.guarding.phones import phone
from apps.appeals.guarding.prices import price

TODAY = date(2026, 11, 24)  # a Tuesday
TOMORROW = "2026-11-25"
SPEC_HEARD = "да конечно замена батареи три пять завтра можете приехать"
SPEC_REPLY = (
    "Здравствуйте, Иван! Да, конечно. Замена батареи на iPhone 14 стоит 3500 рублей. "
    "Вы можете приехать к нам завтра. Удобное время?"
)


def found(text: str, kind: Kind) -> list[tuple[str, set[str]]]:
    return [
        (figure.text, {value.is_ for value in figure.values})
        for figure in find_figures(text, today=TODAY)
        if figure.kind is kind
    ]


@pytest.mark.parametrize(
    ("text", "amounts"),
    [
        ("Стоит 3500 рублей.", ["3500"]),
        ("3 500 ₽", ["3500"]),
        ("3\u00a0500\u00a0₽ и 12\u202f900 руб.", ["3500", "12900"]),
        ("Итого: 3500", ["3500"]),
        ("Цена 3,5 тысячи", ["3500"]),
        ("3.5 тыс. руб.", ["3500"]),
        ("3,5к или 4k", ["3500", "4000"]),
        ("3 т.р.", ["3000"]),
        ("три пятьсот", ["3500"]),
        ("три тысячи пятьсот рублей", ["3500"]),
        ("5 тысяч двести", ["5200"]),
        ("две с половиной тысячи", ["2500"]),
        ("3 с половиной тысячи", ["3500"]),
        ("полторы тысячи", ["1500"]),
        ("тысяча двести", ["1200"]),
        ("десять двести", ["10200"]),
        ("сто двадцать тысяч", ["120000"]),
        ("двадцать пять рублей", ["25"]),
        ("от 3 до 5 тысяч рублей", ["3000", "5000"]),
        ("3–5 тыс.", ["3000", "5000"]),
        ("от 3000 до 5000 ₽", ["3000", "5000"]),
        ("$45, 45.50 EUR", ["45", "45.5"]),
        ("it costs 3,500 RUB", ["3500"]),
        ("three thousand five hundred rubles", ["3500"]),
        ("Замена дисплея Samsung 9000", ["9000"]),
        ("Обойдётся примерно в 14", ["14"]),
        ("скидка 10%", ["10"]),
        ("сделаем 15 процентов скидки", ["15"]),
        ("Диагностика бесплатная", ["0"]),
        ("1,2 млн", ["1200000"]),
        ("предоплата 500", ["500"]),
        # What is no price.
        ("iPhone 14 Pro, Redmi Note 10, Galaxy A52, SM-A515F", []),
        ("128 ГБ, 5000 мАч, 120 Гц, 300 циклов", []),
        ("дом 120, кв. 300, заказ №4821, код 7788", []),
        ("батарея держит 80%, 2 устройства, один из двух", []),
        ("https://shop.example/p/3500 и mail3500@shop.example", []),
        ("25.11.2026 в 15:00, +7 900 123-45-67", []),
        ("в 2026 году", []),
        ("не бесплатно", []),
        ("", []),
    ],
)
def test_prices_are_found_and_read(text: str, amounts: list[str]) -> None:
    assert [value for _text, values in found(text, Kind.PRICE) for value in values] == amounts


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("Приезжайте завтра", {TOMORROW}),
        ("сегодня", {"2026-11-24"}),
        ("послезавтра", {"2026-11-26"}),
        ("25 ноября", {TOMORROW}),
        ("25-го ноября", {TOMORROW}),
        ("двадцать пятого ноября", {TOMORROW}),
        ("первого декабря", {"2026-12-01"}),
        ("25.11", {TOMORROW}),
        ("25.11.26", {TOMORROW}),
        ("25.11.2026", {TOMORROW}),
        ("2026-11-25", {TOMORROW}),
        ("November 25", {TOMORROW}),
        ("25th of November", {TOMORROW}),
        ("tomorrow", {TOMORROW}),
        ("3 января", {"2027-01-03"}),
        ("в среду", {TOMORROW, "2026-12-02", "2"}),
        ("on Wednesday", {TOMORROW, "2026-12-02", "2"}),
        ("к 25-му", {TOMORROW, "2026-12-25"}),
        ("25 числа", {TOMORROW, "2026-12-25"}),
        ("через 2 дня", {"2026-11-26"}),
        ("через два дня", {"2026-11-26"}),
        ("через неделю", {"2026-12-01"}),
        ("на следующей неделе", {"2026-11-30"}),
        ("31.02", set()),
        ("3.50 ₽ и 3.10 тыс.", set()),
        ("со второго раза, 2-го поколения, средство", set()),
    ],
)
def test_days_are_found_and_read_from_the_day_they_are_said_on(text: str, days: set[str]) -> None:
    assert {value for _text, values in found(text, Kind.DATE) for value in values} == days


def test_both_ends_of_a_span_are_days() -> None:
    assert [text for text, _days in found("с 25 по 27 ноября", Kind.DATE)] == ["25", "27 ноября"]
    assert [text for text, _days in found("пн–пт", Kind.DATE)] == ["пн", "пт"]


@pytest.mark.parametrize(
    ("text", "times"),
    [
        ("в 15:00", {"15:00"}),
        ("в 15.30", {"15:30"}),
        ("к трём", {"3:00", "15:00"}),
        ("в три", {"3:00", "15:00"}),
        ("в 3:00", {"3:00", "15:00"}),
        ("в 10:00", {"10:00"}),
        ("к десяти", {"10:00", "22:00"}),
        ("в 3 часа дня", {"15:00"}),
        ("10 утра", {"10:00"}),
        ("в 9 вечера", {"21:00"}),
        ("в полтретьего", {"2:30", "14:30"}),
        ("в половине третьего", {"2:30", "14:30"}),
        ("без пятнадцати три", {"2:45", "14:45"}),
        ("в три тридцать", {"3:30", "15:30"}),
        ("в час дня", {"13:00"}),
        ("в полдень", {"12:00"}),
        ("at 3 pm", {"15:00"}),
        ("с 9 до 20", {"9:00", "21:00", "20:00"}),
        # What is no hour.
        ("в 2 раза, до 3 тысяч, к 2 500, до 5 дней, в 3 цветах, на 13 Pro", set()),
    ],
)
def test_hours_are_found_and_read(text: str, times: set[str]) -> None:
    read = {int(value) for _text, values in found(text, Kind.TIME) for value in values}
    assert {f"{minutes // 60}:{minutes % 60:02}" for minutes in read} == times


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("за 40 минут", {40}),
        ("за полчаса", {30}),
        ("за час", {60}),
        ("1–2 часа", {60, 120}),
        ("гарантия 90 дней", {129600}),
        ("гарантия три месяца", {129600}),
        ("гарантия полгода", {259200}),
        ("2-3 рабочих дня", {2880, 4320}),
        ("in 2 hours", {120}),
    ],
)
def test_how_long_it_takes_is_found_and_read(text: str, minutes: set[int]) -> None:
    assert {int(value) for _text, values in found(text, Kind.TERM) for value in values} == minutes


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("+7 (900) 123-45-67", {"+79001234567"}),
        ("8 900 123 45 67", {"+79001234567"}),
        ("89001234567", {"+79001234567"}),
        ("222-33-44", {"2223344"}),
        ("карта 2202 2001 1234 5678", {"2202200112345678"}),
        ("3 500 000 рублей", set()),
    ],
)
def test_phones_and_other_long_numbers_are_found(text: str, numbers: set[str]) -> None:
    assert {value for _text, values in found(text, Kind.PHONE) for value in values} == numbers


@pytest.mark.parametrize(
    ("heard", "amount"),
    [
        ("три пять", 3500),
        ("за три пять завтра", 3500),
        ("3,5", 3500),
        ("3-5", 3500),
        ("две с половиной", 2500),
        ("полторы", 1500),
        ("пятнашка", 15000),
        ("пятихатка", 500),
        ("три двести", 3200),
        ("три пятьдесят", 350),
        ("три пятьдесят", 3050),
        ("двенадцать", 12000),
        ("четыре девятьсот", 4900),
        ("косарь", 1000),
        ("тысяча", 1000),
    ],
)
def test_what_an_operator_says_aloud_is_a_price(heard: str, amount: int) -> None:
    wanted = frozenset({price(Decimal(amount))})
    assert any(figure.agrees(wanted) for figure in find_figures(heard, today=TODAY, aloud=True))


def test_the_halves_of_a_spoken_price_are_no_prices() -> None:
    for amount in (3000, 5000, 3, 5):
        wanted = frozenset({price(Decimal(amount))})
        assert not any(figure.agrees(wanted) for figure in find_figures("три пять", today=TODAY, aloud=True))


@pytest.mark.parametrize("heard", ["айфон четырнадцать", "iPhone 14", "завтра в 14", "к 14", "14 ноября"])
def test_a_model_or_an_hour_said_aloud_is_no_price(heard: str) -> None:
    wanted = frozenset({price(Decimal(14000))})
    assert not any(figure.agrees(wanted) for figure in find_figures(heard, today=TODAY, aloud=True))


def test_a_figure_stands_where_the_original_has_it() -> None:
    text = "Ёжик, это ТРИ тысячи пятьсот рублей, к Трём."
    for figure in find_figures(text, today=TODAY):
        assert text[figure.start : figure.end] == figure.text
    assert [figure.text for figure in find_figures(text, today=TODAY)] == [
        "ТРИ тысячи пятьсот рублей",
        "Трём",
    ]


def operator(words: str, said_on: date = TODAY) -> Source:
    return Source(kind=SourceKind.OPERATOR, words=words, said_on=said_on, message=1)


def client(words: str, said_on: date = TODAY) -> Source:
    return Source(kind=SourceKind.CLIENT, words=words, said_on=said_on, message=2)


def verdict(text: str, *sources: Source) -> dict[str, str]:
    """By figure: whose word it rests on, «!» before it where that is not enough."""

    def mark(finding: Finding) -> str:
        return ("!" if finding.blocks else "") + (finding.source.kind.value if finding.source else "")

    return {one.figure.text: mark(one) for one in judge(text, sources=sources, today=TODAY)}


def test_the_specs_voice_reply_rests_on_the_operators_words() -> None:
    assert verdict(SPEC_REPLY, operator(SPEC_HEARD)) == {"3500 рублей": "operator", "завтра": "operator"}


def test_an_invented_price_has_no_source() -> None:
    assert verdict(SPEC_REPLY.replace("3500", "3900"), operator(SPEC_HEARD)) == {
        "3900 рублей": "!",
        "завтра": "operator",
    }
    assert verdict(SPEC_REPLY) == {"3500 рублей": "!", "завтра": "!"}


def test_the_price_list_and_the_order_are_sources() -> None:
    listed = Source(
        kind=SourceKind.PRICES, values=frozenset({price(Decimal("3500.00"), "RUB")}), label="Прайс"
    )
    order = Source(kind=SourceKind.ORDER, values=frozenset({price(Decimal(9000), "RUB")}))
    assert verdict("Батарея 3500 ₽, экран 9 тысяч, всего 12500", listed, order) == {
        "3500 ₽": "prices",
        "9 тысяч": "order",
        "12500": "!",
    }


def test_a_price_in_another_currency_is_another_price() -> None:
    listed = Source(kind=SourceKind.PRICES, values=frozenset({price(Decimal(3500), "RUB")}))
    assert verdict("3500 $, 3500", listed) == {"3500 $": "!", "3500": "prices"}


def test_a_client_may_name_a_day_and_a_phone_but_no_price() -> None:
    said = client("Сделаете за 3000? Могу 27 ноября к трём, мой номер 8 900 123-45-67")
    assert verdict("Хорошо: 3000 рублей, 27.11 в 15:00, позвоним на +79001234567", said) == {
        "3000 рублей": "!client",
        "27.11": "client",
        "15:00": "client",
        "+79001234567": "client",
    }


def test_a_clients_number_is_not_read_as_a_spoken_price() -> None:
    assert verdict("Батарея 3500 ₽", client("три пять")) == {"3500 ₽": "!"}


def test_tomorrow_is_the_day_after_it_was_said() -> None:
    yesterday = date(2026, 11, 23)
    assert verdict("Ждём вас завтра", operator("приезжайте завтра", yesterday)) == {"завтра": "!"}
    assert verdict("Ждём вас сегодня", operator("приезжайте завтра", yesterday)) == {"сегодня": "operator"}
    assert verdict("Ждём вас в среду", operator("завтра")) == {"среду": "operator"}


def test_the_timetable_proves_its_hours_and_days_but_no_word_of_a_person_does_for_ever() -> None:
    hours = Source(
        kind=SourceKind.TENANT,
        words="09:00-20:00",
        values=frozenset({Value("weekday", "0"), Value("weekday", "4")}),
    )
    assert verdict("Работаем пн–пт с 9 до 20", hours) == {
        "пн": "tenant",
        "пт": "tenant",
        "9": "tenant",
        "20": "tenant",
    }
    assert verdict("в среду", operator("в среду", date(2026, 9, 2))) == {"среду": "!"}


def test_of_several_sources_the_operators_words_come_first_and_are_shown() -> None:
    listed = Source(kind=SourceKind.PRICES, values=frozenset({price(Decimal(3500))}))
    [finding] = judge(
        "3500 ₽",
        sources=[listed, operator("Здравствуйте, батарея вам обойдётся в 3500, если сегодня")],
        today=TODAY,
    )
    assert finding.source is not None
    assert finding.source.kind is SourceKind.OPERATOR
    assert "в 3500" in finding.excerpt


def test_phones_agree_however_they_are_written() -> None:
    contact = Source(kind=SourceKind.CLIENT, values=frozenset({phone("8 (900) 123-45-67")}))
    assert verdict("+7 900 123 45 67 и 8 900 765 43 21", contact) == {
        "+7 900 123 45 67": "client",
        "8 900 765 43 21": "!",
    }


def test_a_long_text_is_judged_quickly() -> None:
    text = "три пять 3500 завтра в 15:00 1 2 3 4 5 - , . " * 200
    assert len(judge(text, sources=[operator(text), client(text)], today=TODAY)) > 500
