"""Consent to advertising: given, withdrawn, and proved afterwards.

Advertising may go to whoever agreed beforehand, and it is for the sender to prove that they did:
https://www.consultant.ru/document/cons_doc_LAW_58968/ (38-ФЗ, 18.1; for their data 152-ФЗ, 9). Whoever sends
any, a campaign or an advertising platform, asks here.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Max, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.appeals.following import held
from apps.appeals.models import Consent, ConsentWay, Contact, Conversation
from apps.core.errors import Rejected
from apps.tenants.models import Member

AT_ONCE = 1000
NOTE = 300


@dataclass(slots=True, kw_only=True)
class Agreed:
    """How many it was noted for, how many had agreed before, and who has said no since."""

    noted: int = 0
    known: int = 0
    refused: int = 0


def in_force(prefix: str = "") -> Q:
    """For a filter over contacts, or over what hangs on one: `in_force("contact__")`."""
    return Q(**{f"{prefix}agreed_at__isnull": False, f"{prefix}unsubscribed_at": None})


def is_in_force(contact: Contact) -> bool:
    return contact.agreed_at is not None and contact.unsubscribed_at is None


def history_of(contact: Contact) -> QuerySet[Consent]:
    """Newest first."""
    return Consent.objects.filter(tenant=contact.tenant_id, contact=contact).select_related("by")


def agree(
    *,
    contacts: Iterable[int],
    tenant_id: int,
    way: ConsentWay,
    by: Member | None,
    at: datetime | None = None,
    note: str = "",
) -> Agreed:
    """Of clients by their ids. A later «no» stands: an old list brings nobody back.

    Raises Rejected for a time that has not come yet.
    """
    now = timezone.now()
    if at is not None and at > now:
        raise Rejected(_("Consent cannot be given in the future. Look at the date."), code="in_future")
    said = {"tenant_id": tenant_id, "is_given": True, "way": way, "at": at or now, "by": by}
    counted = Agreed()
    ids = sorted(set(contacts))
    for start in range(0, len(ids), AT_ONCE):
        with transaction.atomic():
            fresh = _fresh(held(ids[start : start + AT_ONCE], tenant_id=tenant_id), at or now, counted)
            Consent.objects.bulk_create(
                Consent(contact=one, note=note.strip()[:NOTE], **said) for one in fresh
            )
            _set(fresh, agreed_at=at or now, agreed_way=way)
        counted.noted += len(fresh)
        _touch(fresh)
    return counted


def withdraw(*, contact: Contact, way: ConsentWay, by: Member | None, note: str = "") -> bool:
    """False where there was none."""
    with transaction.atomic():
        clients = held([contact.pk], tenant_id=contact.tenant_id)
        had = [one for one in clients if one.agreed_at is not None]
        for one in had:
            Consent.objects.create(
                tenant_id=one.tenant_id,
                contact=one,
                is_given=False,
                way=way,
                at=timezone.now(),
                by=by,
                note=note.strip()[:NOTE],
            )
        _set(had, agreed_at=None, agreed_way="")
    _touch(had)
    return bool(had)


def _fresh(clients: list[Contact], at: datetime, counted: Agreed) -> list[Contact]:
    rows = Consent.objects.filter(contact__in=clients, is_given=False).order_by()
    withdrawn = dict(rows.values_list("contact").annotate(Max("at")))
    fresh = []
    for one in clients:
        if one.unsubscribed_at is not None or (one.pk in withdrawn and withdrawn[one.pk] >= at):
            counted.refused += 1
        elif one.agreed_at is not None:
            counted.known += 1
        else:
            fresh.append(one)
    return fresh


def _set(rows: Sequence[Contact], **values: Any) -> None:
    """Without a row in the contact's own history: this has one of its own."""
    Contact.objects.filter(pk__in=[one.pk for one in rows]).update(**values)


def _touch(rows: Sequence[Contact]) -> None:
    """After the contacts are let go: whoever has a conversation in hand may want its contact next."""
    Conversation.objects.filter(contact__in=rows).update(revision=F("revision") + 1)
