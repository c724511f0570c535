"""The lines of an upload that its service has not taken yet, as its connector asks for them."""

from collections.abc import Iterable

from django.db.models import Q, QuerySet

from apps.ads.contract import Algorithm, Batch, Kind, Line, Terms
from apps.ads.hashing import digest, value_for
from apps.ads.hindering import withdrawn
from apps.ads.models import Entry, Export
from apps.appeals import consent


def additions(export: Export, terms: Terms, people: int | None, kind: Kind | None) -> Batch:
    """Whoever has taken their consent back since they were chosen does not go any more."""
    rows = Entry.objects.filter(added_by=export, waits=True).exclude(withdrawn("contact__"))
    if export.tenant.campaigns_need_consent:
        rows = rows.filter(consent.in_force("contact__"))
    return _batch(rows, terms, people, kind)


def removals(export: Export, terms: Terms, people: int | None, kind: Kind | None) -> Batch:
    return _batch(Entry.objects.filter(removed_by=export, leaves=True), terms, people, kind)


def _batch(rows: QuerySet[Entry], terms: Terms, people: int | None, kind: Kind | None) -> Batch:
    """One query, or two: of the first so many people all that they have."""
    if kind is not None:
        rows = rows.filter(kind=kind)
    if people is not None:
        first = rows.order_by("contact").values_list("contact", flat=True).distinct()[:people]
        ids = list(first)
        named = [one for one in ids if one is not None]
        rows = rows.filter(Q(contact__in=named) | (Q(contact=None) if None in ids else Q(pk__in=[])))
    found = list(
        rows.order_by("contact", "kind", "pk").values_list(
            "pk", "contact", "kind", "digest", "contact__phone", "contact__email"
        )
    )
    lines = (_line(terms, *row) for row in found)
    return Batch(ids=tuple(row[0] for row in found), lines=tuple(_known(lines)))


def _line(
    terms: Terms, pk: int, contact: int | None, kind: str, kept: str, phone: str, email: str
) -> Line | None:
    """What goes in the clear is read from the client, and only if it is still what was chosen."""
    person, value = contact or 0, kept
    if terms.algorithm == Algorithm.PLAIN:
        value = value_for((phone if kind == Kind.PHONE else email) or "", Kind(kind), terms)
        if not value or digest(value, Algorithm.PLAIN) != kept:
            return None
    return Line(id=pk, person=person, kind=Kind(kind), value=value)


def _known(lines: Iterable[Line | None]) -> Iterable[Line]:
    return (line for line in lines if line is not None)
