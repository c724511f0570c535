"""The list as people change it by hand, one line or one synonym at a time."""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone, translation

from apps.appeals.models import PriceItem
from apps.appeals.prices.columns import FIELDS
from apps.appeals.prices.exporting import example_lines
from apps.appeals.prices.keys import fill, identity, reader_of, rekey
from apps.appeals.prices.parsing import Row, parsed
from apps.tenants.models import Member, Tenant


def save_item(*, item: PriceItem, member: Member | None) -> PriceItem:
    item.updated_at, item.updated_by = timezone.now(), member
    fill(item, reader_of(item.tenant_id)).save()
    return item


def switch(*, rows: QuerySet[PriceItem], is_active: bool, member: Member | None) -> int:
    """Returns how many were not so already."""
    changed = PriceItem.objects.filter(pk__in=rows.values("pk")).exclude(is_active=is_active)
    return changed.update(is_active=is_active, updated_at=timezone.now(), updated_by=member)


def has_twin(texts: Sequence[str], *, tenant_id: int | None, but: int | None) -> bool:
    """Another line says the same (brand, model, work, part) but for case, spaces and punctuation."""
    if tenant_id is None:
        return False
    same = PriceItem.objects.filter(tenant=tenant_id, identity=identity(*texts))
    return same.exclude(pk=but or 0).exists()


def add_examples(*, tenant: Tenant) -> None:
    """The lines of the file to begin with, for a tenant to look around in."""
    with translation.override(tenant.language):
        cells = [[str(cell) for cell in line] for line in example_lines()]
    reader = reader_of(tenant)
    rows = [row for row in parsed(cells, list(FIELDS), 0) if isinstance(row, Row)]
    PriceItem.objects.bulk_create(fill(PriceItem(tenant=tenant, **row.values), reader) for row in rows)


def words_changed(*, tenant_id: int) -> int:
    """A synonym came, went or means another thing: the list is found by the new words from now on."""
    with transaction.atomic():
        return rekey(Tenant.objects.select_for_update(no_key=True).get(pk=tenant_id))
