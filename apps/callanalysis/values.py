"""A cell's answer as what its column wants: read strictly, never guessed."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.formats import date_format, number_format
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.appeals.prices.labels import price_label
from apps.callanalysis.models import ColumnType
from apps.core.text import clean

Column = Mapping[str, Any]

NO_NUMBER = _("This is no number: «%(said)s».")
NO_MONEY = _("This is no sum with a currency: «%(said)s».")
NO_DATE = _("This is no date: «%(said)s».")
NO_BOOL = _("This is neither yes nor no: «%(said)s».")
NO_CHOICE = _("This is none of the column's options: «%(said)s».")

MOST_TEXT = 2000
# Digits before and after the point: what a number in JSON holds without losing any.
_NUMBER = re.compile(r"-?\d{1,15}(?:\.\d{1,6})?")
_GROUPS = re.compile(r"(?<=\d)[ \u00a0\u202f](?=\d{3}(?!\d))")
_MONEY = re.compile(r"(?P<amount>-?[\d \u00a0\u202f]+(?:[.,]\d{1,2})?)\s*(?P<currency>\D+)")
CURRENCIES: Mapping[str, str] = {
    "₽": "RUB",
    "р": "RUB",
    "руб": "RUB",
    "рублей": "RUB",
    "рубля": "RUB",
    "рубль": "RUB",
    "$": "USD",
    "€": "EUR",
    "₸": "KZT",
}
YES, NO = frozenset({"yes", "true", "да"}), frozenset({"no", "false", "нет"})

# How a column of each type wants its answer; for the model, in English whatever the organisation speaks.
ANSWERS: Mapping[str, str] = {
    ColumnType.TEXT: "short text",
    ColumnType.NUMBER: "a number in digits, with a point before decimals and nothing else",
    ColumnType.MONEY: "an amount in digits, a space, and the currency's ISO 4217 code: 5000.00 RUB",
    ColumnType.DATE: "a date as YYYY-MM-DD",
    ColumnType.BOOL: "yes or no",
}


class NotOfThisType(Exception):
    def __init__(self, public: str | Promise, said: str) -> None:
        self.public = public
        self.said = said
        super().__init__("not of this type")

    def __str__(self) -> str:
        return str(self.public) % {"said": self.said[:100]}


def answer_of(column: Column) -> str:
    """How the answer is to be written, as the model is told."""
    if column["type"] == ColumnType.CHOICE:
        return "exactly one of: " + "; ".join(column["options"])
    return ANSWERS[column["type"]]


def read_value(column: Column, said: str) -> Any:
    """As JSON holds it: money as {"amount": "5000.00", "currency": "RUB"}, a date as 2026-11-30.

    None where nothing was said. Raises NotOfThisType.
    """
    said = clean(said, limit=MOST_TEXT).strip()
    return READERS[column["type"]](column, said) if said else None


def written(column: Column, value: Any) -> str:
    """As `read_value` takes it back."""
    if value is None:
        return ""
    if column["type"] == ColumnType.MONEY:
        return f"{value['amount']} {value['currency']}"
    if column["type"] == ColumnType.BOOL:
        return gettext("yes") if value else gettext("no")
    return str(value)


def in_words(column: Column, value: Any) -> str:
    """As people read it; nothing where nothing was said."""
    if value is None:
        return ""
    match column["type"]:
        case ColumnType.MONEY:
            return price_label(Decimal(value["amount"]), None, value["currency"])
        case ColumnType.DATE:
            return date_format(date.fromisoformat(value), "DATE_FORMAT")
        case ColumnType.NUMBER:
            return number_format(value)
    return written(column, value)


def _text(column: Column, said: str) -> str:
    return said


def _number(column: Column, said: str) -> int | float:
    plain = _plain(said)
    if not _NUMBER.fullmatch(plain):
        raise NotOfThisType(NO_NUMBER, said)
    found = Decimal(plain)
    return int(found) if found == found.to_integral_value() else float(found)


def _money(column: Column, said: str) -> dict[str, str]:
    found = _MONEY.fullmatch(said)
    if found is None:
        raise NotOfThisType(NO_MONEY, said)
    amount = _plain(found["amount"].strip())
    word = found["currency"].strip().rstrip(".")
    currency = CURRENCIES.get(word.casefold(), word.upper())
    if not _NUMBER.fullmatch(amount) or not re.fullmatch("[A-Z]{3}", currency):
        raise NotOfThisType(NO_MONEY, said)
    return {"amount": str(Decimal(amount).quantize(Decimal("0.01"))), "currency": currency}


def _date(column: Column, said: str) -> str:
    try:
        # Not «20261130», which the standard allows and no person writes.
        found = date.fromisoformat(said) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", said) else None
    except ValueError:
        found = None
    if found is None:
        raise NotOfThisType(NO_DATE, said)
    return found.isoformat()


def _bool(column: Column, said: str) -> bool:
    word = said.casefold().rstrip(".")
    if word not in YES | NO:
        raise NotOfThisType(NO_BOOL, said)
    return word in YES


def _choice(column: Column, said: str) -> str:
    options = {_folded(option): str(option) for option in column["options"]}
    option = options.get(_folded(said))
    if option is None:
        raise NotOfThisType(NO_CHOICE, said)
    return option


def _folded(text: str) -> str:
    return " ".join(text.casefold().replace("ё", "е").split())


def _plain(number: str) -> str:
    """«12 500,50» as 12500.50."""
    return _GROUPS.sub("", number).replace(",", ".")


READERS: Mapping[str, Callable[[Column, str], Any]] = {
    ColumnType.TEXT: _text,
    ColumnType.NUMBER: _number,
    ColumnType.MONEY: _money,
    ColumnType.DATE: _date,
    ColumnType.BOOL: _bool,
    ColumnType.CHOICE: _choice,
}
