"""Who of an audience may be uploaded, and why the others may not."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from apps.ads.contract import Kind, Terms
from apps.ads.filtering import latest
from apps.ads.hashing import digest, email_for, phone_for, value_for
from apps.ads.hindering import clients
from apps.ads.models import Audience, Left

AT_ONCE = 2000


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
    """Everybody who answers to the conditions, in the order of their ids: a query, and three of each 2000."""
    taken: set[str] = set()
    matched = latest(audience)
    for ids in _chunks(sorted(matched)):
        for one in clients(audience, {pk: matched[pk] for pk in ids}):
            if one.is_merged:
                continue
            why, found = one.why, {phone_for(one.phone, plus=True), email_for(one.email)} - {""}
            if not why and not found:
                why = Left.BAD_PHONE
            if not why and found <= taken:
                why = Left.SAME
            if not why:
                taken |= found
            yield Judged(
                contact=one.pk,
                name=one.name,
                phone=one.phone,
                email=one.email,
                reason=why,
                consent=one.consent,
                agreed_at=one.agreed_at,
                agreed_way=one.agreed_way,
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
    found: dict[int, str] = {}
    for some in _chunks(sorted(ids)):
        rows = clients(audience, dict.fromkeys(some, since))
        found |= {one.pk: one.why or Left.FILTER.value for one in rows}
    return found


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


def _chunks(ids: list[int]) -> Iterator[list[int]]:
    return (ids[start : start + AT_ONCE] for start in range(0, len(ids), AT_ONCE))
