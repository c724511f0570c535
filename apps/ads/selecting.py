"""Who of an audience may be uploaded, and why the others may not: one query, then their phones one by one."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import (
    Case,
    CharField,
    DateTimeField,
    Exists,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)

from apps.ads.contract import Kind, Terms
from apps.ads.filtering import Conditions, latest_of
from apps.ads.hashing import digest, email_for, phone_for, value_for
from apps.ads.models import Audience, Left
from apps.appeals import consent
from apps.appeals.models import Appeal, AppealStatus, Consent, Contact
from apps.appeals.models.appeal import OPEN_STATUSES
from apps.appeals.models.contact import STANDING

CHUNK = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """`reason` is empty for whoever may be uploaded."""

    contact: int
    name: str
    phone: str
    email: str
    reason: str = ""
    consent: int | None = None
    agreed_at: datetime | None = None
    agreed_way: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What may be uploaded, by kind and digest; how many people that is; how many are left out, and why."""

    entries: dict[tuple[str, str], Judged]
    people: int
    left_out: dict[str, int]
    # Of everybody who answers to the conditions: why they may not.
    reasons: dict[int, str]


def judge(audience: Audience) -> Iterator[Judged]:
    """Everybody who answers to the conditions, in the order of their ids."""
    taken: set[str] = set()
    rows = (
        _candidates(audience)
        .order_by("pk")
        .values_list("pk", "name", "phone", "email", "why", "consent_id", "agreed_at", "agreed_way")
    )
    for pk, name, phone, email, why, consent_id, agreed_at, agreed_way in rows.iterator(chunk_size=CHUNK):
        found = {phone_for(phone, plus=True), email_for(email)} - {""}
        if not why and not found:
            why = Left.BAD_PHONE
        if not why and found <= taken:
            why = Left.SAME
        if not why:
            taken |= found
        yield Judged(
            contact=pk,
            name=name,
            phone=phone,
            email=email,
            reason=why,
            consent=consent_id,
            agreed_at=agreed_at,
            agreed_way=agreed_way,
        )


def choose(audience: Audience, terms: Terms) -> Chosen:
    entries: dict[tuple[str, str], Judged] = {}
    counts: Counter[str] = Counter()
    reasons: dict[int, str] = {}
    for one in judge(audience):
        counts[one.reason] += 1
        if one.reason:
            reasons[one.contact] = one.reason
            continue
        for kind, given in ((Kind.PHONE, one.phone), (Kind.EMAIL, one.email)):
            if value := value_for(given, kind, terms):
                entries.setdefault((kind.value, digest(value, terms.algorithm)), one)
    people = counts.pop("", 0)
    return Chosen(entries=entries, people=people, left_out=dict(counts), reasons=reasons)


def why_outside(audience: Audience, ids: Iterable[int], *, since: datetime) -> dict[int, str]:
    """Of clients who no longer answer to the conditions: what has become of them since then, if known."""
    rows = Contact.objects.filter(pk__in=ids).annotate(matched_at=Value(since, DateTimeField()))
    rows = rows.annotate(why=Case(*_whens(audience), default=Value(Left.FILTER.value)))
    return dict(rows.values_list("pk", "why"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    eligible: int
    left_out: dict[str, int]
    # Of the reason that was asked for: the first of them.
    shown: list[Judged]

    @property
    def total(self) -> int:
        return self.eligible + sum(self.left_out.values())

    @property
    def reasons(self) -> list[tuple[str, str, int]]:
        """Word, title and number, in the order in which they are judged."""
        return [(one.value, str(one.label), self.left_out[one]) for one in Left if one in self.left_out]


def preview(audience: Audience, *, shown: str | None = None, most: int = 200) -> Preview:
    """`shown`: a reason whose people are to be listed; empty for those who may be uploaded."""
    counts: Counter[str] = Counter()
    listed: list[Judged] = []
    for one in judge(audience):
        counts[one.reason] += 1
        if one.reason == shown and len(listed) < most:
            listed.append(one)
    return Preview(eligible=counts.pop("", 0), left_out=dict(counts), shown=listed)


def withdrawn(prefix: str = "") -> Q:
    """For a filter over contacts, or over what hangs on one: consent is taken back, whoever asks for it."""
    took_back = Exists(Consent.objects.filter(contact=OuterRef(f"{prefix}pk"), is_given=False))
    return Q(**{f"{prefix}unsubscribed_at__isnull": False}) | Q(
        Q(took_back), **{f"{prefix}agreed_at__isnull": True}
    )


def _candidates(audience: Audience) -> QuerySet[Any]:
    rows = Contact.objects.filter(STANDING, tenant=audience.tenant_id)
    rows = rows.annotate(matched_at=Subquery(latest_of(audience))).filter(matched_at__isnull=False)
    given = Consent.objects.filter(contact=OuterRef("pk"), is_given=True).order_by("-pk").values("pk")[:1]
    return rows.annotate(
        why=Case(*_whens(audience), default=Value(""), output_field=CharField()),
        consent_id=Case(When(consent.in_force(), then=Subquery(given))),
    )


def _whens(audience: Audience) -> Iterable[When]:
    """The first that holds. Statuses that the audience itself asks for hold nobody back."""
    asked = set(Conditions.of(audience).statuses)
    theirs = Appeal.objects.filter(contact=OuterRef("pk"))
    yield When(withdrawn(), then=Value(Left.OPTED_OUT.value))
    if audience.tenant.campaigns_need_consent:
        yield When(~consent.in_force(), then=Value(Left.NO_CONSENT.value))
    closed = theirs.filter(status=AppealStatus.CLOSED, closed_at__gt=OuterRef("matched_at"))
    bought = Q(Exists(closed))
    if AppealStatus.AGREED not in asked:
        bought |= Q(Exists(theirs.filter(status=AppealStatus.AGREED)))
    yield When(bought, then=Value(Left.BOUGHT.value))
    talking = [one for one in OPEN_STATUSES if one not in asked and one != AppealStatus.AGREED]
    yield When(Exists(theirs.filter(status__in=talking)), then=Value(Left.OPEN_APPEAL.value))
