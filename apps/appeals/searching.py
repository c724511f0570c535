"""Search at the desk: words of messages in any of their forms, names, phones, devices, numbers of appeals."""

import re
from collections.abc import Iterator

from django.contrib.postgres.search import SearchQuery
from django.db.models import Q, QuerySet

from apps.appeals.models import Appeal, Contact, Conversation, Device, Identity, SearchedMessage
from apps.tenants.models import Tenant

# So many of each kind, the newest: who finds more asks more narrowly.
MOST = 1000
SHORTEST_STEM, ENDING = 5, 2
_FEWEST_DIGITS = 4  # of a phone: fewer are in every one
_LONGEST_NUMBER = 18


def conversations_with(query: str, *, tenant: Tenant | None) -> set[int]:
    """Ids of conversations in which the query is found, however old; with no tenant, of everybody's."""
    own = Q() if tenant is None else Q(tenant=tenant)
    words = messages_with(query).filter(own).order_by("-received_at")
    found = set(words.values_list("conversation", flat=True)[:MOST])
    for place in _places(query, own):
        chats = Conversation.objects.filter(place).order_by("-last_message_at")
        found.update(chats.values_list("pk", flat=True)[:MOST])
    return found


def messages_with(query: str) -> QuerySet[SearchedMessage]:
    """Those with every word of the query, in any form of it or as the beginning of a longer one."""
    words = re.findall(r"\w+", query.replace("ё", "е").replace("Ё", "Е"))
    if not words:
        return SearchedMessage.objects.none()
    beginnings = " & ".join(f"{_stem(word)}:*" for word in words)
    return SearchedMessage.objects.filter(words=SearchQuery(beginnings, config="russian", search_type="raw"))


def _stem(word: str) -> str:
    """Without its ending: the dictionary's own stems differ from form to form («батарея», «батареи»)."""
    return word[: max(SHORTEST_STEM, len(word) - ENDING)]


def _places(query: str, own: Q) -> Iterator[Q]:
    yield Q(contact__in=Contact.objects.filter(own, name__icontains=query))
    yield Q(identity__in=Identity.objects.filter(own, username__icontains=query.removeprefix("@")))
    devices = Device.objects.filter(own, model__icontains=query, removed_at=None)
    yield Q(pk__in=Appeal.objects.filter(pk__in=devices.values("appeal")).values("conversation"))
    digits = re.sub(r"\D", "", query)
    if len(digits) >= _FEWEST_DIGITS and not re.search(r"[^\W\d_]", query):
        # Written as it may be: +7 900 …, 8 (900) …; what they have in common is the end.
        yield Q(contact__in=Contact.objects.filter(own, phone__contains=digits.removeprefix("8") or digits))
    number = query.removeprefix("№").strip()
    if number.isascii() and number.isdecimal() and len(number) <= _LONGEST_NUMBER:
        yield Q(pk__in=Appeal.objects.filter(own, pk=number).values("conversation"))
