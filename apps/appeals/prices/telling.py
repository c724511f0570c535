"""The price list's lines for the AI: the only prices it may name beside the operator's own."""

from django.utils import translation
from django.utils.translation import gettext as _

from apps.appeals.models import Appeal
from apps.appeals.prices.labels import NBSP, price_label
from apps.appeals.prices.matching import Offer, prices_for

MOST_TOLD = 40


def price_facts(appeal: Appeal) -> list[str]:
    """«Apple iPhone 14 Pro · Замена аккумулятора: 4 500 ₽; гарантия: 90 дней», in the tenant's language."""
    with translation.override(appeal.tenant.language):
        return [_line(offer) for offer in prices_for(appeal=appeal)[:MOST_TOLD]]


def _line(offer: Offer) -> str:
    price = price_label(offer.price, offer.price_to, offer.currency, is_from=offer.is_from)
    more = [
        f"{name}: {value}"
        for name, value in ((_("guarantee"), offer.warranty), (_("takes"), offer.duration))
        if value
    ]
    return "; ".join((f"{offer.title}: {price}", *more)).replace(NBSP, " ")
