"""Why clients may not be advertised to: asked of thousands of them at a time.

Each statement begins at the clients' ids and has no subquery for each of them: such a one is quadratic as
soon as the database takes the wrong index for it, and without statistics, as after an import, it does.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, Max, OuterRef, Q

from apps.ads.filtering import Conditions
from apps.ads.models import Audience, Left
from apps.appeals import consent
from apps.appeals.models import Appeal, AppealStatus, Consent, Contact
from apps.appeals.models.appeal import OPEN_STATUSES


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """`why` is empty where nothing stands against it; `consent` is of whoever has agreed."""

    pk: int
    is_merged: bool
    name: str
    phone: str
    email: str
    why: str
    consent: int | None
    agreed_at: datetime | None
    agreed_way: str


def withdrawn(prefix: str = "") -> Q:
    """For a filter over contacts, or over what hangs on one: consent is taken back, whoever asks for it."""
    took_back = Exists(Consent.objects.filter(contact=OuterRef(f"{prefix}pk"), is_given=False))
    return Q(**{f"{prefix}unsubscribed_at__isnull": False}) | Q(
        Q(took_back), **{f"{prefix}agreed_at__isnull": True}
    )


def clients(audience: Audience, since: Mapping[int, datetime]) -> Iterator[Client]:
    """By their ids, in that order, with the first reason that holds; `since`: purchases before it are none.

    Three queries: ask of some thousands at once. Statuses that the audience itself asks for hold nobody back.
    """
    hindered = dict(_by_appeals(audience, since))
    said = _said(since)
    needs_consent = audience.tenant.campaigns_need_consent
    for one in Contact.objects.filter(pk__in=list(since)).order_by("pk").only(*_FIELDS):
        given, took_back = said.get(one.pk, (None, 0))
        agrees = consent.is_in_force(one)
        why = hindered.get(one.pk, "")
        if needs_consent and not agrees:
            why = Left.NO_CONSENT.value
        if one.unsubscribed_at is not None or (took_back and one.agreed_at is None):
            why = Left.OPTED_OUT.value
        yield Client(
            pk=one.pk,
            is_merged=one.merged_into_id is not None,
            name=one.name,
            phone=one.phone,
            email=one.email,
            why=why,
            consent=given if agrees else None,
            agreed_at=one.agreed_at,
            agreed_way=one.agreed_way,
        )


_FIELDS = ("name", "phone", "email", "unsubscribed_at", "agreed_at", "agreed_way", "merged_into_id")


def _said(since: Mapping[int, datetime]) -> dict[int, tuple[int | None, int]]:
    """Of each: their last consent, and how often it was taken back."""
    rows = Consent.objects.filter(contact__in=list(since)).order_by().values_list("contact")
    counted = rows.annotate(
        given=Max("pk", filter=Q(is_given=True)), took_back=Count("pk", filter=Q(is_given=False))
    )
    return {pk: (given, took_back) for pk, given, took_back in counted}


def _by_appeals(audience: Audience, since: Mapping[int, datetime]) -> Iterator[tuple[int, str]]:
    asked = set(Conditions.of(audience).statuses)
    agreed = {AppealStatus.AGREED} - asked
    talking = set(OPEN_STATUSES) - asked - {AppealStatus.AGREED}
    theirs = Appeal.objects.filter(contact__in=list(since)).order_by().values_list("contact")
    rows = theirs.annotate(
        closed=Max("closed_at", filter=Q(status=AppealStatus.CLOSED)),
        agreed=Count("pk", filter=Q(status__in=agreed)),
        open=Count("pk", filter=Q(status__in=talking)),
    )
    for pk, closed, agreed_n, open_n in rows:
        if agreed_n or (closed is not None and closed > since[pk]):
            yield pk, Left.BOUGHT.value
        elif open_n:
            yield pk, Left.OPEN_APPEAL.value
