"""Calls by the words that were said in them, by ids of the CRM, or parts of these, and by phones."""

from collections.abc import Iterator

from django.db.models import Exists, OuterRef, Q

from apps.appeals.searching import is_part_of_phone
from apps.callanalysis.models import Call, SearchedTranscript
from apps.core.phones import normalise_phone
from apps.core.words import Probed, by_index, said
from apps.tenants.models import Tenant

# Of each kind as many are taken down; what is in more is looked for call by call, which then finds soon.
FEW = 2000
# Said often now: in one of thirty of the newest calls.
SAMPLE, FREQUENT = 300, 1 / 30
# An index of parts holds no shorter ones.
PART = 3


# An id that holds a phone, as PostgreSQL reads patterns.
PHONE_IN_ID = r"(^|\D)([78]\d{10}|9\d{9})(\D|$)"


def calls_with(query: str, *, tenant: Tenant | None, only_whole_phones: bool = False) -> Q:
    """Which calls have the query in them, however old; with no tenant, anybody's. A phone that its reader is
    not to see is found by the whole of it alone: by parts it could be guessed.
    """
    own = Q() if tenant is None else Q(tenant=tenant)
    is_part = only_whole_phones and is_part_of_phone(query)
    found = Q(pk__in=[]) if is_part else _said(query, own)
    for named in _named(query, only_whole_phones=only_whole_phones):
        ids = by_index(Call.objects.filter(own & named).order_by().values_list("pk", flat=True)[: FEW + 1])
        if ids:
            found |= named if len(ids) > FEW else Q(pk__in=ids)
    return found


def _said(query: str, own: Q) -> Q:
    words = SearchedTranscript.objects.filter(said(query))
    here = words.filter(call=OuterRef("pk"))
    newest = Call.objects.filter(own).order_by("-received_at").annotate(has=Probed(here))
    if sum(newest.values_list("has", flat=True)[:SAMPLE]) >= SAMPLE * FREQUENT:
        return Q(Probed(here))
    told = by_index(words.filter(own).values_list("call", flat=True)[: FEW + 1])
    return Q(Exists(here)) if len(told) > FEW else Q(pk__in=told)


def _named(query: str, *, only_whole_phones: bool) -> Iterator[Q]:
    if phone := normalise_phone(query):
        # By the whole of it alone: not everybody may see it.
        yield Q(client_phone=phone)
    if len(query) < PART:
        yield Q(external_id=query)
        yield Q(deal_id=query)
    else:
        parts = Q(external_id__icontains=query)
        if only_whole_phones:
            parts &= ~Q(external_id__regex=PHONE_IN_ID)
            yield Q(external_id=query)
        yield parts
        yield Q(deal_id__icontains=query)
