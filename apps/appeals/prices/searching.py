"""The search field above the price list: «айфон 14 акб» finds what it would be called in the list."""

from django.db.models import Q, QuerySet

from apps.appeals.models import PriceItem
from apps.appeals.prices.keys import TEXTS, reader_of, tokens
from apps.tenants.models import Tenant

MOST_WORDS = 8


def found(rows: QuerySet[PriceItem], query: str, *, tenant: Tenant | None) -> QuerySet[PriceItem]:
    """Every word must be there, in whichever way the list writes it."""
    reader = reader_of(tenant)
    for word in query.split()[:MOST_WORDS]:
        as_written = Q(device_key__contains=word.casefold())
        for name in TEXTS:
            as_written |= Q(**{f"{name}__icontains": word})
        if tokens(word):
            as_written |= _has_all("device_key", reader.device("", word))
            as_written |= _has_all("work_key", reader.work(word))
        rows = rows.filter(as_written)
    return rows


def _has_all(column: str, words: frozenset[str]) -> Q:
    every = Q()
    for word in words:
        every &= Q(**{f"{column}__contains": word})
    return every or Q(pk=None)
