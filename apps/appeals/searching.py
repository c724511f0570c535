"""Search at the desk: words in any of their forms, names, phones, devices, numbers of appeals and orders."""

import re
from collections.abc import Iterator

from django.db.models import Exists, OuterRef, Q, QuerySet, Value

from apps.appeals.devices import of_model
from apps.appeals.models import Appeal, Contact, Conversation, Device, Identity, SearchedMessage
from apps.core.words import Probed, by_index, said
from apps.core.work.registry import job_modules
from apps.tenants.models import Tenant

# Of each kind as many are taken down; what is in more is looked for row by row, which then finds soon.
FEW = 2000
# Said often now: in one of thirty of the newest conversations.
SAMPLE, FREQUENT = 150, 1 / 30
_FEWEST_DIGITS = 4  # of a phone: fewer are in every one
_WHOLE_PHONE = 10
_LONGEST_NUMBER = 18


def conversations_with(query: str, *, tenant: Tenant | None, by_part_of_phone: bool = True) -> Q:
    """Which conversations have the query in them, however old; with no tenant, anybody's. A phone that its
    reader is not to see is found by the whole of it alone: by parts it could be guessed.
    """
    own = Q() if tenant is None else Q(tenant=tenant)
    is_part = not by_part_of_phone and is_part_of_phone(query)
    found = Q(pk__in=[]) if is_part else _said(messages_with(query), own)
    places = list(_places(query, own, tenant, by_part_of_phone=by_part_of_phone))
    for at, chats in _held(places, own).items():
        found |= places[at] if len(chats) > FEW else Q(pk__in=chats)
    return found


def _held(places: list[Q], own: Q) -> dict[int, list[int]]:
    """Of each place that holds any, its conversations, a few at most. One query for all of them."""
    first, *others = (
        Conversation.objects.filter(own & place)
        .order_by()
        .annotate(at=Value(at))
        .values_list("at", "pk")[: FEW + 1]
        for at, place in enumerate(places)
    )
    held: dict[int, list[int]] = {}
    for at, chat in first.union(*others, all=True):
        held.setdefault(at, []).append(chat)
    return held


def _said(words: QuerySet[SearchedMessage], own: Q) -> Q:
    here = words.filter(conversation=OuterRef("pk"))
    newest = Conversation.objects.filter(own).order_by("-last_message_at").annotate(has=Probed(here))
    if sum(newest.values_list("has", flat=True)[:SAMPLE]) >= SAMPLE * FREQUENT:
        return Q(Probed(here))
    told = by_index(words.filter(own).values_list("conversation", flat=True)[: FEW + 1])
    return Q(Exists(here)) if len(told) > FEW else Q(pk__in=set(told))


def is_part_of_phone(query: str) -> bool:
    """Longer than a price, shorter than a phone, and nothing else."""
    return len(re.sub(r"\D", "", query)) in range(7, _WHOLE_PHONE) and not re.search(r"[^\W\d_]", query)


def messages_with(query: str) -> QuerySet[SearchedMessage]:
    """Those with every word of the query, in any form of it or as the beginning of a longer one."""
    return SearchedMessage.objects.filter(said(query))


def _places(query: str, own: Q, tenant: Tenant | None, *, by_part_of_phone: bool) -> Iterator[Q]:
    """Each is true of a conversation, and told by an index."""
    # Some are called by their phones.
    is_told = by_part_of_phone or not re.search(r"\d{4}", query)
    if is_told:
        yield Q(contact__in=Contact.objects.filter(own, name__icontains=query))
        yield Q(identity__in=Identity.objects.filter(own, username__icontains=query.removeprefix("@")))
    devices = Device.objects.filter(own, of_model(query, tenant=tenant), removed_at=None)
    yield Q(pk__in=devices.values("appeal__conversation"))
    named = Q(name__icontains=query) if is_told else Q(pk__in=[])
    digits = re.sub(r"\D", "", query)
    if len(digits) >= (_FEWEST_DIGITS if by_part_of_phone else _WHOLE_PHONE) and not re.search(
        r"[^\W\d_]", query
    ):
        # Written as it may be: +7 900 …, 8 (900) …; what they have in common is the end.
        phoned = Q(phone__contains=digits.removeprefix("8") or digits)
        yield Q(contact__in=Contact.objects.filter(own, phoned))
        named |= phoned
    # As they were called before they were merged into another client.
    merged = Contact.objects.filter(own, named, merged_into__isnull=False)
    yield Q(contact__in=merged.values("merged_into"))
    number = query.removeprefix("№").strip()
    if number.isascii() and number.isdecimal() and len(number) <= _LONGEST_NUMBER:
        yield Q(pk__in=Appeal.objects.filter(own, pk=number).values("conversation"))
    # What apps above know of a conversation, as the number of its order: every app's `jobs.SEARCH`.
    for module in job_modules():
        for places in getattr(module, "SEARCH", {}).values():
            yield from places(query, own)
