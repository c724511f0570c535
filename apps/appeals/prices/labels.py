"""A price as it is shown to people and to the AI."""

from decimal import Decimal

from django.utils.formats import number_format
from django.utils.translation import gettext as _

SIGNS = {"RUB": "₽", "USD": "$", "EUR": "€", "KZT": "₸", "UAH": "₴"}
NBSP = "\u00a0"


def price_label(price: Decimal, price_to: Decimal | None, currency: str, *, is_from: bool = False) -> str:
    """«от 3 500 ₽», «3 500–4 000 ₽», «бесплатно»."""
    sign = SIGNS.get(currency, currency)
    if price_to is not None:
        if not price:
            return _("up to %(price)s") % {"price": f"{_number(price_to)}{NBSP}{sign}"}
        return f"{_number(price)}–{_number(price_to)}{NBSP}{sign}"
    if not price and not is_from:
        return _("free of charge")
    shown = f"{_number(price)}{NBSP}{sign}"
    return _("from %(price)s") % {"price": shown} if is_from else shown


def _number(value: Decimal) -> str:
    places = 0 if value == value.to_integral_value() else 2
    return number_format(value, places, use_l10n=True, force_grouping=True)
