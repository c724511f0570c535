"""Rows of a file become prices, or errors that name the row and what is wrong with it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.appeals.models import PriceItem
from apps.appeals.models.price import CURRENCIES
from apps.appeals.prices.amounts import SIGNS, Amount, NoAmount, read_amount
from apps.appeals.prices.columns import FIELDS
from apps.appeals.prices.keys import TEXTS, identity, tokens

_COLUMNS = ("brand", "model", "work", "part", "warranty", "duration")
LIMITS = {
    field.name: field.max_length or 0 for field in PriceItem._meta.concrete_fields if field.name in _COLUMNS
}
NO = frozenset({"нет", "no", "0", "false", "выкл", "off", "-"})
# What an export has put before a text that a spreadsheet would take for a formula.
GUARDED = ("'=", "'+", "'-", "'@")

Values = dict[str, str | Decimal | bool | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of the file. `values` are the fields that the file has columns for."""

    number: int
    identity: str
    values: Values


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """`identity` is there where it is clear whose price it is all the same."""

    number: int
    text: str | Promise
    words: str
    identity: str = ""


def parsed(
    cells: Sequence[Sequence[str]], columns: Sequence[str], header_rows: int
) -> Iterator[Row | Problem]:
    seen: dict[str, int] = {}
    for number, row in enumerate(cells[header_rows:], header_rows + 1):
        given = _given(row, columns)
        if not any(given.values()):
            continue
        texts = [given.get(name, "") for name in TEXTS]
        who = identity(*texts) if any(tokens(text) for text in texts[2:]) else ""
        values, wrong = _read(given)
        # Both, so that whoever mends the file has not to come back for the other.
        if told := [text for text in (wrong, _repeated(seen.get(who))) if text]:
            yield Problem(number=number, text="; ".join(map(str, told)), words=_words(given), identity=who)
            continue
        seen[who] = number
        yield Row(number=number, identity=who, values=values)


def _read(given: dict[str, str]) -> tuple[Values, str | Promise]:
    """What the row says, or what is wrong with it."""
    if wrong := _wrong(given):
        return {}, wrong
    try:
        return _values(given, read_amount(given.get("price", ""))), ""
    except NoAmount as error:
        return {}, error.public


def _given(row: Sequence[str], columns: Sequence[str]) -> dict[str, str]:
    given = {name: cell for name, cell in zip(columns, row, strict=False) if name in FIELDS}
    cleaned = {name: cell[1:] if cell.startswith(GUARDED) else cell for name, cell in given.items()}
    # A column that this row ends before is empty in it.
    return {**{name: "" for name in columns if name}, **cleaned}


def _wrong(given: dict[str, str]) -> str | Promise:
    if not tokens(given.get("work", "")) and not tokens(given.get("part", "")):
        return _("no work and no part is named")
    for name, limit in LIMITS.items():
        if len(given.get(name, "")) > limit:
            return _("“%(field)s” is longer than %(n)d characters") % {"field": FIELDS[name], "n": limit}
    if not given.get("price"):
        return _("no price")
    currency = given.get("currency", "")
    if currency and _currency(currency) not in CURRENCIES:
        return _("unknown currency “%(currency)s”") % {"currency": currency}
    return ""


def _repeated(before: int | None) -> str | Promise:
    return _("the same as row %(n)d") % {"n": before} if before else ""


def _values(given: dict[str, str], amount: Amount) -> Values:
    """Raises NoAmount. What the file has no column for is not among them, but for what the price tells."""
    price_to, is_from = amount.price_to, amount.is_from
    if given.get("price_to"):
        price_to, is_from = read_amount(given["price_to"]).price, False
        if price_to < amount.price:
            raise NoAmount(_("the end of the range is below its beginning"))
    values: Values = {name: given.get(name, "") for name in TEXTS}
    values |= {"price": amount.price, "price_to": price_to, "is_from": is_from}
    values |= {name: given[name] for name in ("warranty", "duration") if name in given}
    if currency := _currency(given.get("currency", "")) or amount.currency:
        values["currency"] = currency
    values["is_active"] = given.get("is_active", "").casefold() not in NO
    return values


def _currency(text: str) -> str:
    return SIGNS.get(text.casefold().strip(" ."), text.upper())


def _words(given: dict[str, str]) -> str:
    return " · ".join(cell for cell in given.values() if cell)[:200]
