"""Who is to be added and who is to leave: what may be uploaded now, against the ledger of what is there."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import Case, F, Q, QuerySet, When
from django.utils import timezone

from apps.ads.contract import BEGIN, Algorithm, SegmentElsewhere, Terms
from apps.ads.models import Cause, Entry, Export, Left, Placement
from apps.ads.selecting import Chosen, Judged, choose, why_outside
from apps.core.errors import Rejected
from apps.integrations.homes import is_elsewhere

AT_ONCE = 2000
# A client who was deleted.
NOBODY = 0
NOBODY_CHOSEN = Chosen(entries={}, people=0, left_out={}, reasons={})
Key = tuple[str, str]


@dataclass(slots=True, kw_only=True)
class Difference:
    """Of the ledger: rows to make, to send (again), and to take out with the reason; to `close` what was
    refused and is not wanted any more: it is not there.
    """

    new: dict[Key, Judged] = field(default_factory=dict)
    again: list[int] = field(default_factory=list)
    leave: dict[str, list[int]] = field(default_factory=dict)
    close: list[int] = field(default_factory=list)
    # Of each kind, how many.
    leaving: Counter[str] = field(default_factory=Counter)
    people: set[int] = field(default_factory=set)


def plan(export: Export, module: Any) -> None:
    """Once for each upload, in one transaction: until it is done, nothing has been asked of the service.

    Where people are in a segment of another API than the connection speaks by now, they are all taken out by
    that API first; an upload that only takes people out leaves the others there.
    """
    placement = export.placement
    spoken = module.spoken(placement.connection)
    former = former_shape(placement, spoken)
    moves = bool(former) and export.cause != Cause.LEAVING
    terms: Terms = module.terms(former or spoken)
    chosen = NOBODY_CHOSEN if moves else wanted_of(placement, terms)
    with transaction.atomic():
        if not Export.objects.select_for_update().filter(pk=export.pk, attempts=export.attempts).exists():
            raise Rejected(code="fenced")
        forget_unsent(placement)
        whole = moves or is_whole(placement, terms)
        why = _why_outside(placement, chosen, everybody=Left.MOVED if moves else None)
        difference = compare(export, chosen, why, whole=whole)
        if not whole and any(count < terms.fewest_removed for count in difference.leaving.values()):
            whole, difference = True, compare(export, chosen, why, whole=True)
        _write(export, difference, terms)
        export.total = len(difference.people)
        export.to_add = len(difference.new) + len(difference.again)
        export.to_remove = sum(map(len, difference.leave.values()))
        export.left_out, export.is_whole, export.shape = chosen.left_out, whole, terms.shape
        export.home = module.home(placement.connection, terms.shape)
        export.chosen_at = timezone.now()
        named = ("total", "to_add", "to_remove", "left_out", "is_whole", "shape", "home", "chosen_at")
        export.save(update_fields=named)


def former_shape(placement: Placement, spoken: str) -> str:
    """The API of the segment that people are still in; empty where it is the one that is spoken."""
    kept = str(placement.remote.get("shape", ""))
    return kept if kept not in ("", spoken) and there(placement).exists() else ""


def stay_home(export: Export, module: Any) -> None:
    """Other settings may lead to another account, which may call something else by the same id. Raises
    SegmentElsewhere while anybody is in what the former one has made; else all of it begins anew.
    """
    placement = export.placement
    kept = placement.remote
    known = export.home or kept.get("home", "")
    shape = export.shape or kept.get("shape", "")
    if not is_elsewhere(known, module.home(placement.connection, shape)):
        return
    if there(placement).exists():
        raise SegmentElsewhere
    with transaction.atomic():
        anew: dict[str, Any] = {"home": "", "shape": "", "stage": BEGIN, "data": {}, "begun_at": None}
        if not Export.objects.filter(pk=export.pk, attempts=export.attempts).update(**anew, chosen_at=None):
            raise Rejected(code="fenced")
        Placement.objects.filter(pk=placement.pk).update(remote={})
    placement.remote, export.chosen_at = {}, None
    for name, value in anew.items():
        setattr(export, name, value)


def is_whole(placement: Placement, terms: Terms) -> bool:
    """Where nothing is there yet, the first list is the whole one, too."""
    return not terms.takes_difference or not remote_of(placement, terms)


def remote_of(placement: Placement, terms: Terms) -> Mapping[str, Any]:
    kept: dict[str, Any] = placement.remote
    return kept if kept.get("shape") == terms.shape else {}


def wanted_of(placement: Placement, terms: Terms) -> Chosen:
    if not placement.is_wanted:
        return NOBODY_CHOSEN
    return choose(placement.audience, terms)


def present(placement: Placement) -> QuerySet[Entry]:
    return Entry.objects.filter(placement=placement, removed_at=None)


def there(placement: Placement) -> QuerySet[Entry]:
    """Those that the service has seen and not refused."""
    return present(placement).filter(refused_at=None).exclude(sent_at=None)


def forget_unsent(placement: Placement) -> None:
    """What an upload that stopped had chosen and the service has never seen."""
    present(placement).filter(sent_at=None).delete()


def leaving(placement: Placement, chosen: Chosen) -> bool:
    """Whether anybody is there who may not be any more."""
    rows = there(placement).values_list("kind", "digest")
    return any((kind, found) not in chosen.entries for kind, found in rows.iterator(chunk_size=AT_ONCE))


def compare(export: Export, chosen: Chosen, why: Mapping[int, str], *, whole: bool) -> Difference:
    """`why` somebody leaves, by client. An upload that only takes people out adds nobody: it is no matter of
    the list's minimum.
    """
    found = Difference()
    missing = dict(chosen.entries) if export.cause != Cause.LEAVING else {}
    rows = present(export.placement).values_list(
        "pk", "kind", "digest", "contact", "confirmed_at", "removed_by", "refused_at", "refusal"
    )
    for pk, kind, value, contact, confirmed_at, removed_by, refused_at, refusal in rows.iterator(AT_ONCE):
        missing.pop((kind, value), None)
        one = chosen.entries.get((kind, value))
        if one is None:
            reason = why.get(contact or NOBODY, Left.FILTER)
            found.leave.setdefault(reason, []).append(pk) if refused_at is None else found.close.append(pk)
            found.leaving[kind] += refused_at is None
            continue
        if refused_at is not None and not whole:
            continue
        found.people.add(one.contact)
        if whole or (confirmed_at is None and not refusal) or removed_by is not None:
            found.again.append(pk)
    found.new = missing
    found.people.update(one.contact for one in missing.values())
    return found


def _why_outside(placement: Placement, chosen: Chosen, *, everybody: Left | None) -> Mapping[int, str]:
    """Why whoever is there may not be any more, by client; everybody for one and the same reason, if so."""
    clients = present(placement).values_list("contact", flat=True).distinct()
    if everybody or not placement.is_wanted:
        return dict.fromkeys((pk or NOBODY for pk in clients), (everybody or Left.OFF).value)
    inside = {one.contact for one in chosen.entries.values()} | chosen.reasons.keys()
    unknown = [pk for pk in clients if pk is not None and pk not in inside]
    since = placement.looked_at
    return chosen.reasons | why_outside(placement.audience, unknown, since=since)


def _write(export: Export, difference: Difference, terms: Terms) -> None:
    rows = Entry.objects.filter(placement=export.placement)
    for ids in _chunks(difference.again):
        rows.filter(pk__in=ids).update(
            added_by=export,
            waits=True,
            removed_by=None,
            leaves=False,
            left="",
            # Until it goes it stands as it is, but for who may have been taken out already.
            confirmed_at=Case(When(removed_by=None, then=F("confirmed_at"))),
        )
    for reason, leaving_ids in difference.leave.items():
        for ids in _chunks(leaving_ids):
            rows.filter(pk__in=ids).update(removed_by=export, leaves=True, left=reason, waits=False)
    for ids in _chunks(difference.close):
        close(rows.filter(pk__in=ids), left=Left.FILTER)
    Entry.objects.bulk_create(
        (_row(export, key, one, terms.algorithm) for key, one in difference.new.items()), batch_size=AT_ONCE
    )


def _row(export: Export, key: Key, one: Judged, algorithm: Algorithm) -> Entry:
    return Entry(
        tenant_id=export.tenant_id,
        placement_id=export.placement_id,
        contact_id=one.contact,
        kind=key[0],
        digest=key[1],
        algorithm=algorithm,
        consent_id=one.consent,
        consent_at=one.agreed_at if one.consent else None,
        consent_way=one.agreed_way if one.consent else "",
        added_by=export,
    )


def close(entries: QuerySet[Entry], **values: Any) -> int:
    """They are there no more, since this moment."""
    return entries.update(removed_at=timezone.now(), leaves=False, waits=False, **values)


def gone_there(placement: Placement) -> None:
    """The segment was deleted on the other side: nobody is in it. Call in a transaction."""
    forget_unsent(placement)
    close(present(placement).filter(Q(left="") | Q(left=Left.FILTER)), left=Left.DELETED)
    close(present(placement))
    Placement.objects.filter(pk=placement.pk).update(remote={})


def _chunks(ids: list[int]) -> Iterable[list[int]]:
    return (ids[start : start + AT_ONCE] for start in range(0, len(ids), AT_ONCE))
