"""Which lines of the price list may be meant by a device and a work, as people write them.

An exact model beats a line for all models of the brand, and no line of another model is ever offered: an
iPhone 14 is no iPhone 14 Pro. Three queries for however many devices are asked about, and three more where
one is misspelt or named without its model.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from django.db.models import Prefetch

from apps.appeals.models import Appeal, Repair
from apps.appeals.prices.finding import Line, Wanted, lines_for
from apps.appeals.prices.keys import is_action, reader_of
from apps.appeals.prices.likeness import alike
from apps.tenants.models import Tenant

# Of one device and work, and of one whole appeal.
MOST, MOST_OF_APPEAL = 30, 200


class Fit(StrEnum):
    """How the line's device stands to the one asked about."""

    MODEL = "model"  # the same
    WIDER = "wider"  # all models of its brand or family, or all devices
    ONE_OF = "one_of"  # the model is not known, and this is one of those that it may be


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """`price_to` is the end of a range; `is_from` says that the price is only the lowest one."""

    brand: str
    model: str
    work: str
    part: str
    price: Decimal
    currency: str
    price_to: Decimal | None = None
    is_from: bool = False
    warranty: str = ""
    duration: str = ""
    fit: Fit = Fit.MODEL

    @property
    def title(self) -> str:
        return " · ".join(filter(None, (f"{self.brand} {self.model}".strip(), self.work, self.part)))

    def covers(self, price: Decimal) -> bool:
        """Whether somebody who names this price keeps to the list."""
        if self.price_to is not None:
            return self.price <= price <= self.price_to
        return price >= self.price if self.is_from else price == self.price


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    brand: str = ""
    model: str = ""
    work: str = ""


def offers(*, tenant: Tenant, brand: str = "", model: str = "", work: str = "") -> list[Offer]:
    """The best first. Without a work all of the device's."""
    return offers_for(tenant, [Ask(brand=brand, model=model, work=work)])[0]


def prices_for(*, appeal: Appeal) -> list[Offer]:
    """All lines that may be meant in this appeal: its devices with their repairs, or with all works where
    none is named yet.
    """
    repairs = Prefetch("repairs", Repair.objects.filter(removed_at=None).order_by("id"))
    devices = appeal.devices.filter(removed_at=None).order_by("id").prefetch_related(repairs)
    asks = [
        Ask(brand=device.brand, model=device.model, work=work)
        for device in devices
        for work in [repair_words(repair) for repair in device.repairs.all()] or [""]
    ]
    found = offers_for(appeal.tenant, asks)
    return list(dict.fromkeys(offer for each in found for offer in each))[:MOST_OF_APPEAL]


def repair_words(repair: Repair) -> str:
    return repair.repair_type or repair.description


def offers_for(tenant: Tenant, asks: Sequence[Ask]) -> list[list[Offer]]:
    """One list for each, in their order."""
    if not asks:
        return []
    reader = reader_of(tenant)
    wanted = [
        Wanted(
            device=reader.device(ask.brand, ask.model),
            brand=reader.device(ask.brand, ""),
            work=reader.work(ask.work),
        )
        for ask in asks
    ]
    return [_offers(one, lines) for one, lines in zip(wanted, lines_for(tenant, wanted), strict=True)]


def _offers(wanted: Wanted, lines: Iterable[Line]) -> list[Offer]:
    if not wanted.device and not wanted.work:
        return []
    judged = [(line, _likeness(wanted, line)) for line in lines]
    near = _nearest([(line, likeness) for line, likeness in judged if likeness is not None])
    near.sort(key=lambda one: (_rank(wanted, one[0]), -one[1][0], -one[1][1], one[0].price, one[0].pk))
    return [_offer(line, _fit(wanted, line)) for line, _likeness_of in near[:MOST]]


def _likeness(wanted: Wanted, line: Line) -> tuple[float, float] | None:
    """How much of what is asked about the line has, and how much of the line is asked about; None where it is
    another work. What is done to it (a replacement, a repair) decides only where nothing else is said.
    """
    if not wanted.work:
        return 1.0, 1.0
    asked = _things(wanted.work)
    has = _things(frozenset(line.work_key.split())) - wanted.device or frozenset(line.work_key.split())
    common = sum(any(alike(word, other) for other in has) for word in asked)
    if common * 2 < len(asked) or not common:
        return None
    return common / len(asked), common / max(len(has), common)


def _things(words: frozenset[str]) -> frozenset[str]:
    return frozenset(word for word in words if not is_action(word)) or words


def _nearest(judged: list[tuple[Line, tuple[float, float]]]) -> list[tuple[Line, tuple[float, float]]]:
    """Lines that have all that is asked about put out those that have a part; and of the same work that for
    the model puts out that for the brand.
    """
    if any(has == 1 for _line, (has, _of) in judged):
        judged = [one for one in judged if one[1][0] == 1]
    nearest: dict[str, int] = defaultdict(int)
    for line, _likeness_of in judged:
        nearest[line.work_key] = max(nearest[line.work_key], line.nearness)
    return [one for one in judged if one[0].nearness == nearest[one[0].work_key]]


def _fit(wanted: Wanted, line: Line) -> Fit:
    if line.is_one_of:
        return Fit.ONE_OF
    return Fit.MODEL if line.is_same else Fit.WIDER


def _rank(wanted: Wanted, line: Line) -> int:
    return -1 if line.is_one_of else -line.nearness


def _offer(line: Line, fit: Fit) -> Offer:
    return Offer(
        brand=line.brand,
        model=line.model,
        work=line.work,
        part=line.part,
        price=line.price,
        currency=line.currency,
        price_to=line.price_to,
        is_from=line.is_from,
        warranty=line.warranty,
        duration=line.duration,
        fit=fit,
    )
