"""«These are different people»: said once, remembered, and taken back where it was a mistake."""

from django.db.models import Q, QuerySet

from apps.appeals.models import Contact, DifferentClients
from apps.tenants.models import Member


def tell_apart(*, one: Contact, other: Contact, by: Member | None) -> None:
    """Said twice is as good as once."""
    first, second = sorted((one.pk, other.pk))
    DifferentClients.objects.get_or_create(
        first_id=first, second_id=second, defaults={"tenant_id": one.tenant_id, "by": by}
    )


def take_back(*, one: Contact, other: Contact) -> None:
    said_of(one).filter(Q(first=other) | Q(second=other)).delete()


def said_of(contact: Contact) -> QuerySet[DifferentClients]:
    rows = DifferentClients.objects.filter(Q(first=contact) | Q(second=contact))
    return rows.select_related("first", "second", "by")


def others_than(contact: Contact) -> list[Contact]:
    """Who is known to be somebody else, latest first; not those who were merged into others since."""
    pairs = said_of(contact).order_by("-pk")
    others = [pair.second if pair.first_id == contact.pk else pair.first for pair in pairs]
    return [one for one in others if one.merged_into_id is None]


def inherit(*, kept: Contact, absorbed: Contact) -> list[int]:
    """Who differs from the one differs from the other, now that they are one. Returns the rows made."""
    known = {one.pk for one in others_than(kept)} | {kept.pk}
    made = [one for one in others_than(absorbed) if one.pk not in known]
    rows = DifferentClients.objects.bulk_create(
        DifferentClients(
            tenant_id=kept.tenant_id, first_id=min(kept.pk, one.pk), second_id=max(kept.pk, one.pk)
        )
        for one in made
    )
    return [row.pk for row in rows]


def forget(ids: list[int]) -> None:
    DifferentClients.objects.filter(pk__in=ids).delete()
