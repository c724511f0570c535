"""Fetches the lines that may fit, a constant number of queries for however many devices."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from decimal import Decimal

from django.contrib.postgres.search import TrigramSimilarity
from django.db.models import Q, QuerySet
from django.db.models.functions import Greatest

from apps.appeals.models import PriceItem
from apps.appeals.prices.keys import device_key, is_action, may_be_misspelt, wider_keys
from apps.appeals.prices.likeness import SHORTEST, same_device
from apps.tenants.models import Tenant

MOST_LINES = 3000
# Of a device whose model nobody has named.
MOST_OF_UNKNOWN = 100
MOST_MISSPELT = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is asked about, in the words that lines are found by."""

    device: frozenset[str]
    brand: frozenset[str]
    work: frozenset[str]

    @property
    def key(self) -> str:
        return device_key(self.device)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """`nearness` is 0 for all devices, more for a brand, yet more for a family, and most for the model."""

    pk: int
    brand: str
    model: str
    work: str
    part: str
    price: Decimal
    price_to: Decimal | None
    is_from: bool
    currency: str
    warranty: str
    duration: str
    device_key: str
    work_key: str
    nearness: int = 0
    is_same: bool = False
    is_one_of: bool = False


COLUMNS = tuple(field.name for field in fields(Line))[:13]
SAME = 100


def lines_for(tenant: Tenant, wanted: Sequence[Wanted]) -> list[list[Line]]:
    rows = PriceItem.objects.filter(tenant=tenant, is_active=True)
    keys = [{one.key, *wider_keys(one.device, one.brand)} for one in wanted]
    known = _fetch(rows.filter(device_key__in=set().union(*keys)).order_by("-device_key", "pk")[:MOST_LINES])
    found = [
        _near(one, [line for line in known if line.device_key in own])
        for one, own in zip(wanted, keys, strict=True)
    ]
    unmet = [
        at
        for at, one in enumerate(wanted)
        if may_be_misspelt(one.device) and not any(line.is_same for line in found[at])
    ]
    for at, more in zip(unmet, _misspelt(rows, [wanted[at] for at in unmet]), strict=True):
        found[at] += more
    vague = [at for at in range(len(wanted)) if _is_vague(wanted[at], found[at])]
    for at, more in zip(vague, _one_of(rows, [wanted[at] for at in vague]), strict=True):
        found[at] += more
    return found


def _fetch(rows: QuerySet[PriceItem]) -> list[Line]:
    return [Line(**dict(zip(COLUMNS, row, strict=True))) for row in rows.values_list("pk", *COLUMNS[1:])]


def _near(wanted: Wanted, lines: Iterable[Line]) -> list[Line]:
    return [
        replace(line, nearness=SAME, is_same=True)
        if line.device_key and line.device_key == wanted.key
        else replace(line, nearness=len(line.device_key.split()))
        for line in lines
    ]


def _misspelt(rows: QuerySet[PriceItem], wanted: Sequence[Wanted]) -> list[list[Line]]:
    """Of the model that differs in a slip of one of its long words."""
    if not wanted:
        return []
    alike = Q()
    for one in wanted:
        part = Q()
        for word in one.device:  # these may not differ at all, and are cheaper to look for
            part &= Q(device_key__contains=word) if len(word) < SHORTEST or word.isdecimal() else Q()
        alike |= part & Q(device_key__trigram_similar=one.key)
    close = [TrigramSimilarity("device_key", one.key) for one in wanted]
    ranked = (
        rows.filter(alike).values("device_key").annotate(close=Greatest(*close) if close[1:] else close[0])
    )
    known = list(
        ranked.distinct()
        .order_by("-close", "device_key")
        .values_list("device_key", flat=True)[: MOST_MISSPELT * len(wanted)]
    )
    keys = [{key for key in known if same_device(one.device, frozenset(key.split()))} for one in wanted]
    every = set().union(*keys)
    lines = _fetch(rows.filter(device_key__in=every).order_by("pk")[:MOST_LINES]) if every else []
    return [
        [replace(line, nearness=SAME, is_same=True) for line in lines if line.device_key in own]
        for own in keys
    ]


def _is_vague(wanted: Wanted, found: Sequence[Line]) -> bool:
    """No model is named, only what is to be done: then it may be one of several."""
    has_number = any(word.isdecimal() for word in wanted.device)
    return bool(wanted.work) and not has_number and not any(line.is_same and line.model for line in found)


def _one_of(rows: QuerySet[PriceItem], wanted: Sequence[Wanted]) -> list[list[Line]]:
    if not wanted:
        return []
    meant = Q()
    for one in wanted:
        words = [word for word in one.work if not is_action(word)] or list(one.work)
        part = ~Q(device_key="")
        for word in words:
            part &= Q(work_key__contains=word)
        for word in one.device:
            part &= Q(device_key__contains=word)
        meant |= part
    order = ("device_key", "price", "pk")
    lines = _fetch(rows.filter(meant).order_by(*order)[: MOST_OF_UNKNOWN * len(wanted)])
    return [
        [
            replace(line, is_one_of=True, nearness=SAME)
            for line in lines
            if one.device < frozenset(line.device_key.split())
        ]
        for one in wanted
    ]
