"""A line for each colleague: how much they have, how soon they answer. The page and the files share it."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q

from apps.appeals.dashboard.links import Links
from apps.appeals.dashboard.periods import Period
from apps.appeals.dashboard.present import Present
from apps.appeals.dashboard.reading import Sums, Whose, sums_by_operator
from apps.tenants.models import Member


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    name: str
    open: int
    waiting: int
    sums: Sums
    links: Links


def lines(whose: Whose, period: Period, now: Present) -> list[Line]:
    """Whoever has or did something, the most loaded first."""
    sums = sums_by_operator(whose, period)
    known = {*sums, *now.open_by} if whose.member_id is None else {whose.member_id}
    own = Q(pk__in=known) if whose.tenant_id is None else Q(pk__in=known, tenant=whose.tenant_id)
    return sorted(
        (_line(member, sums, period, now) for member in Member.objects.filter(own)),
        key=lambda line: (-line.open, -line.sums.answered, line.name),
    )


def _line(member: Member, sums: dict[int, Sums], period: Period, now: Present) -> Line:
    return Line(
        name=member.name,
        open=now.open_by.get(member.pk, 0),
        waiting=now.waiting_by.get(member.pk, 0),
        sums=sums.get(member.pk) or Sums(),
        links=Links(period=period, member_id=member.pk),
    )


def most_open(found: Iterable[Line]) -> int:
    return max((line.open for line in found), default=0)
