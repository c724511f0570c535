"""What the price list says of the repairs in the panel: a price to fill in, and a quiet mark where another
stands there.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from apps.appeals.models import Conversation, Device, Repair
from apps.appeals.prices.labels import price_label
from apps.appeals.prices.matching import Ask, Fit, Offer, offers_for, repair_words

MOST_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Priced:
    """`value` is what a press puts into the field. `which` tells the line to whoever sees the device beside
    it, `title` to anybody.
    """

    label: str
    value: str
    work: str
    title: str
    which: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """`is_guess` where the model is not known, so that any of them may be meant."""

    options: Sequence[Priced] = ()
    is_guess: bool = False
    differs: bool = False


def offered(conversation: Conversation, devices: list[Device]) -> list[Device]:
    """The same devices. Each repair has what is `offered` for it, each device the `works` of its model."""
    shown = [device for device in devices if device.removed_at is None]
    repairs = [
        (device, repair)
        for device in shown
        for repair in device.repairs.all()
        if repair.removed_at is None and repair_words(repair)
    ]
    asks = [
        *(Ask(brand=one.brand, model=one.model, work=repair_words(repair)) for one, repair in repairs),
        *(Ask(brand=device.brand, model=device.model) for device in shown),
    ]
    found = iter(offers_for(conversation.tenant, asks))
    for (_device, repair), offers in zip(repairs, found, strict=False):
        _attach(repair, offered=_offered(repair, offers))
    for device, offers in zip(shown, found, strict=True):
        _attach(device, works=[_priced(offer) for offer in offers if offer.work])
    return devices


def _attach(row: Any, **shown: object) -> None:
    for name, value in shown.items():
        setattr(row, name, value)


def _offered(repair: Repair, offers: Sequence[Offer]) -> Offered:
    sure = [offer for offer in offers if offer.fit != Fit.ONE_OF]
    differs = bool(sure) and repair.price is not None and not _keeps_to(repair, sure)
    return Offered(
        options=[_priced(offer) for offer in offers[:MOST_SHOWN]],
        is_guess=bool(offers) and not sure,
        differs=differs,
    )


def _keeps_to(repair: Repair, offers: Iterable[Offer]) -> bool:
    price: Decimal = repair.price if repair.price is not None else Decimal(0)
    return any(offer.currency == repair.currency and offer.covers(price) for offer in offers)


def _priced(offer: Offer) -> Priced:
    value = offer.price or offer.price_to or Decimal(0)
    return Priced(
        label=price_label(offer.price, offer.price_to, offer.currency, is_from=offer.is_from),
        value=f"{value:.0f}" if value == value.to_integral_value() else f"{value:.2f}",
        work=offer.work,
        title=offer.title,
        which=" · ".join(filter(None, (offer.work, offer.part))) if offer.fit == Fit.MODEL else offer.title,
    )
