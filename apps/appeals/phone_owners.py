"""Whose a phone is, by clients' cards: for apps above that know no more of a client than their number."""

from collections.abc import Collection
from dataclasses import dataclass

from apps.appeals.admitting import clients_seen_by
from apps.appeals.following import standing_ids
from apps.appeals.models import Contact
from apps.appeals.models.contact import PHONE_DIGITS, phone_tail
from apps.core.phones import normalise_phone
from apps.tenants.models import Member


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """As they are dialled; `shared` are those of them that stand on another client's card, too."""

    all: set[str]
    shared: set[str]


def numbers_of(contact: Contact) -> Numbers:
    """On their card, and on those that were merged into it. Two queries, and one more for each merge that
    rests on another.
    """
    cards, last = {contact.pk: contact.phone}, [contact.pk]
    while rows := dict(Contact.objects.filter(merged_into__in=last).values_list("pk", "phone")):
        cards, last = cards | rows, [*rows]
    own = {number for phone in cards.values() if (number := normalise_phone(phone))}
    found = _with(own, contact.tenant_id) if own else {}
    return Numbers(all=own, shared={number for pk, number in found.items() if pk not in cards})


def owner_of(number: str, *, tenant_id: int, reader: Member | None) -> Contact | None:
    """The one client of this number whom the reader finds; None where several have it, or nobody."""
    ids = standing_ids(_with([number], tenant_id))
    if len(ids) != 1:
        return None
    return Contact.objects.filter(clients_seen_by(reader), pk__in=ids).first()


def _with(numbers: Collection[str], tenant_id: int) -> dict[int, str]:
    tails = {number[-PHONE_DIGITS:] for number in numbers}
    cards = Contact.objects.filter(tenant=tenant_id).exclude(phone="").alias(tail=phone_tail())
    rows = cards.filter(tail__in=tails).values_list("pk", "phone")
    return {pk: number for pk, phone in rows if (number := normalise_phone(phone)) in numbers}
