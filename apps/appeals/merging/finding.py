"""Who may be the same person as a client: by what they left with us, or by what an operator looks for."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Max, Q, QuerySet
from django.db.models.functions import Lower, Upper
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.appeals.admitting import clients_seen_by, seen_by
from apps.appeals.merging.distinguishing import others_than
from apps.appeals.merging.said_phones import Said, said_of
from apps.appeals.merging.wording import is_same_phone
from apps.appeals.models import Contact, Conversation, Identity
from apps.appeals.models.contact import PHONE_DIGITS, STANDING, phone_tail
from apps.tenants.models import Member, Phones

MOST = 5
# A number on so many cards is the shop's own, or nobody's: only the latest are looked at.
LOOKED_AT = 50
# A shorter user name is anybody's.
SHORTEST_NAME = 5
_FEWEST_DIGITS = 4
NOTHING: Mapping[int, Said] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Alike:
    """`wrote_at` is when they last wrote, `places` where, each with its latest conversation's id. `said` is
    where the client in question wrote this one's phone.
    """

    contact: Contact
    reasons: Sequence[str | Promise]
    wrote_at: datetime | None
    appeals: int
    places: Sequence[Conversation]
    said: Said | None = None


def suggested(
    contact: Contact, *, reader: Member | None = None, different: Iterable[Contact] = ()
) -> list[Alike]:
    """Nothing follows from it by itself. `different`: whom people have said to be somebody else."""
    reasons: dict[int, list[str | Promise]] = defaultdict(list)
    rows = _others(contact, reader).exclude(pk__in=[one.pk for one in different])
    for pk in _by_phone(contact, rows):
        reasons[pk].append(_("the same phone"))
    for pk in _by_email(contact, rows):
        reasons[pk].append(_("the same e-mail"))
    for pk in _by_username(contact, rows):
        reasons[pk].append(_("the same user name"))
    said = said_of(contact, rows, reader=reader)
    for pk in [*said][:MOST]:
        reasons[pk].append(_("this phone was written in the chat"))
    return _shown(reasons, reader, said)


def looked_for(contact: Contact, query: str, *, reader: Member | None = None) -> list[Alike]:
    """Another client by their name, phone or user name; by a part of a phone for those alone who see it."""
    rows, query = _others(contact, reader), query.strip()
    if len(query) < 2:
        return []
    named = [*_few(rows.filter(name__icontains=query)), *_by_written_name(contact, query)]
    digits = re.sub(r"\D", "", query)
    if len(digits) >= PHONE_DIGITS:
        named += _few(rows.alias(tail=phone_tail()).filter(tail=digits[-PHONE_DIGITS:]).exclude(phone=""))
    elif len(digits) >= _FEWEST_DIGITS and (reader is None or reader.phones == Phones.SHOWN):
        named += _few(rows.filter(phone__contains=digits))
    found = _few(rows.filter(pk__in=named))
    return _shown({pk: [] for pk in found}, reader)


def pair(contact: Contact, other_id: int, *, reader: Member | None) -> Contact | None:
    """Another standing client of the same organisation."""
    return _others(contact, reader).filter(pk=other_id).first()


def _others(contact: Contact, reader: Member | None) -> QuerySet[Contact]:
    rows = Contact.objects.filter(STANDING, clients_seen_by(reader), tenant=contact.tenant_id)
    return rows.exclude(pk=contact.pk)


def _few(rows: QuerySet[Contact]) -> list[int]:
    return list(rows.order_by("-pk").values_list("pk", flat=True)[:MOST])


def _by_phone(contact: Contact, rows: QuerySet[Contact]) -> list[int]:
    digits = re.sub(r"\D", "", contact.phone)
    if not digits:
        return []
    alike = rows.exclude(phone="").alias(tail=phone_tail()).filter(tail=digits[-PHONE_DIGITS:])
    phones = alike.order_by("-pk").values_list("pk", "phone")[:LOOKED_AT]
    return [pk for pk, phone in phones if is_same_phone(phone, contact.phone)][:MOST]


def _by_email(contact: Contact, rows: QuerySet[Contact]) -> list[int]:
    if not contact.email:
        return []
    return _few(rows.exclude(email="").alias(lower=Lower("email")).filter(lower=contact.email.lower()))


def _by_username(contact: Contact, rows: QuerySet[Contact]) -> list[int]:
    own = Identity.objects.filter(contact=contact).exclude(username="").values_list("username", flat=True)
    names = {name.upper() for name in own if len(name) >= SHORTEST_NAME}
    if not names:
        return []
    # One by one: the index of parts of names answers no list.
    alike = Q(*(("upper", name) for name in sorted(names)), _connector=Q.OR)
    theirs = Identity.objects.filter(tenant=contact.tenant_id).alias(upper=Upper("username")).filter(alike)
    return _few(rows.filter(pk__in=list(theirs.values_list("contact", flat=True)[:LOOKED_AT])))


def _by_written_name(contact: Contact, query: str) -> list[int]:
    named = Identity.objects.filter(tenant=contact.tenant_id, username__icontains=query.removeprefix("@"))
    return list(named.order_by("-pk").values_list("contact", flat=True)[:MOST])


def _shown(
    reasons: Mapping[int, Sequence[str | Promise]], reader: Member | None, said: Mapping[int, Said] = NOTHING
) -> list[Alike]:
    """Two queries, however many they are."""
    rows: list[Any] = list(
        Contact.objects.filter(pk__in=list(reasons))
        .annotate(appeals_n=Count("appeals", distinct=True), wrote_at=Max("conversations__last_inbound_at"))
        .order_by(F("wrote_at").desc(nulls_last=True), "-pk")[:MOST]
    )
    places: dict[int, list[Conversation]] = defaultdict(list)
    chats = Conversation.objects.filter(seen_by(reader), contact__in=rows).order_by("-last_message_at")
    for chat in chats.select_related("channel__connection", "identity")[:LOOKED_AT]:
        places[chat.contact_id].append(chat)
    return [
        Alike(
            contact=row,
            reasons=reasons[row.pk],
            wrote_at=row.wrote_at,
            appeals=row.appeals_n,
            places=places[row.pk],
            said=said.get(row.pk),
        )
        for row in rows
    ]


def all_about(contact: Contact, *, reader: Member | None) -> tuple[list[Alike], list[Contact]]:
    """Whom it may be, and who is known to be somebody else."""
    different = others_than(contact)
    return suggested(contact, reader=reader, different=different), different
