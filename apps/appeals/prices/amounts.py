"""A price as people write it: «3 500,50 ₽», «от 3500», «3500–4000», "1,200.50 USD"."""

import re
from dataclasses import dataclass
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.appeals.models.price import CURRENCIES

MOST = Decimal(10) ** 10

SIGNS = {
    "₽": "RUB",
    "р": "RUB",
    "руб": "RUB",
    "рублей": "RUB",
    "рубля": "RUB",
    "рубль": "RUB",
    "rur": "RUB",
    "rub": "RUB",
    "$": "USD",
    "usd": "USD",
    "долл": "USD",
    "€": "EUR",
    "eur": "EUR",
    "евро": "EUR",
    "₸": "KZT",
    "тг": "KZT",
    "тенге": "KZT",
    "br": "BYN",
    "сум": "UZS",
    "₴": "UAH",
    "грн": "UAH",
    **{code.lower(): code for code in CURRENCIES},
}
FREE = frozenset({"бесплатно", "free", "даром"})
FROM, UP_TO = frozenset({"от", "from", "мин"}), frozenset({"до", "to"})

_SPACE = re.compile(r"(?<=\d)[\s'’](?=\d{3}(?!\d))")
_NUMBER = r"\d+(?:[.,]\d+)*"
_PIECE = re.compile(rf"{_NUMBER}|[a-zа-я]+|[₽$€₸₴]|[-–—+−]|[^\s.,]")
_DASHES = frozenset("-–—−")


class NoAmount(ValueError):
    """In words, why it is no price."""

    def __init__(self, public: str | Promise) -> None:
        self.public = public
        super().__init__("no amount")


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """`currency` is empty where none was written."""

    price: Decimal
    price_to: Decimal | None = None
    is_from: bool = False
    currency: str = ""


def read_amount(text: str) -> Amount:
    """Raises NoAmount."""
    pieces = _PIECE.findall(_SPACE.sub("", " ".join(text.casefold().split())))
    words = [piece for piece in pieces if not piece[0].isdigit()]
    numbers = [read_number(piece) for piece in pieces if piece[0].isdigit()]
    currencies = {SIGNS[word] for word in words if word in SIGNS}
    rest = [word for word in words if word not in SIGNS]
    if len(currencies) > 1:
        raise NoAmount(_("two currencies in one price"))
    currency = next(iter(currencies), "")
    if not numbers and rest and set(rest) <= FREE:
        return Amount(price=Decimal(0), currency=currency)
    return _amount(numbers, rest, currency, pieces)


def _amount(numbers: list[Decimal], rest: list[str], currency: str, pieces: list[str]) -> Amount:
    if not numbers:
        raise NoAmount(_("no number in the price"))
    if pieces[0] in _DASHES:
        raise NoAmount(_("a price below zero"))
    if strange := [word for word in rest if word not in FROM | UP_TO | _DASHES | {"+"}]:
        raise NoAmount(_("“%(word)s” means nothing in a price") % {"word": strange[0]})
    if len(numbers) > 2 or (len(numbers) == 2 and not _DASHES.union(UP_TO) & set(rest)):
        raise NoAmount(_("more than one price"))
    first = numbers[0]
    if len(numbers) == 2:
        if numbers[1] < first:
            raise NoAmount(_("the end of the range is below its beginning"))
        return Amount(price=first, price_to=numbers[1] if numbers[1] > first else None, currency=currency)
    if rest and set(rest) <= UP_TO:
        return Amount(price=Decimal(0), price_to=first, currency=currency)
    return Amount(price=first, is_from=bool(rest) and rest[0] not in _DASHES, currency=currency)


def read_number(text: str) -> Decimal:
    """A mark before exactly three last digits parts thousands: «3.500» and «3,500» are three and a half
    thousand; any other last mark begins the kopecks.
    """
    *whole, last = re.split(r"[.,]", text)
    if whole and (len(last) != 3 or (len(whole) == 1 and whole[0] == "0")):
        if len(last) > 2:
            raise NoAmount(_("more than two digits after the point"))
        value = Decimal(f"{''.join(whole)}.{last}")
    else:
        value = Decimal("".join((*whole, last)))
    if value >= MOST:
        raise NoAmount(_("the price is too big"))
    return value
