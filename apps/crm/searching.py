"""Conversations by the number of their order in a CRM, as it stands on the client's receipt."""

from collections.abc import Iterator

from django.db.models import Q

from apps.appeals.models import Appeal
from apps.crm.models import OrderSync

LONGEST = 60


def by_order(query: str, own: Q) -> Iterator[Q]:
    """The whole of it, in whatever letters."""
    number = query.strip().removeprefix("№").strip()
    if not number or len(number) > LONGEST:
        return
    forms = {number, number.upper(), number.lower()}
    named = Q(number__in=forms) | Q(external_order_id__in=forms)
    orders = OrderSync.objects.filter(own, named).order_by()
    yield Q(pk__in=Appeal.objects.filter(pk__in=orders.values("appeal")).values("conversation"))
