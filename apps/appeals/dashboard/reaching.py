"""Figures of what somebody finds: what `admitting.seen_by` admits, told by the hours' own columns."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from apps.tenants.models import Member, Sees

# Of rows of `HourFigures`: every row of one's own leads, and of those named for one what is in none of these.
WITHIN = """CASE WHEN %(leaders)s::bigint[] IS NULL THEN named_id IS NULL
    ELSE (named_id IS NULL OR named_id = %(reader)s)
        AND (named_id IS NULL) = (led_by_id IS NULL OR led_by_id = ANY(%(leaders)s::bigint[])) END"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What these members lead, or nobody, and where the reader is named in a note."""

    reader: int
    leaders: tuple[int, ...]


def reach_of(member: Member | None) -> Reach | None:
    """None for whoever finds everything. One query for a team."""
    if member is None or member.sees == Sees.ALL:
        return None
    leaders = {member.pk}
    if member.sees == Sees.TEAM and member.team_id is not None:
        leaders.update(Member.objects.filter(team=member.team_id).values_list("pk", flat=True))
    return Reach(reader=member.pk, leaders=tuple(sorted(leaders)))


def within(reach: Reach | None) -> Q:
    if reach is None:
        return Q(named=None)
    is_led = Q(led_by=None) | Q(led_by__in=reach.leaders)
    return Q(named=None) & is_led | Q(named=reach.reader) & ~is_led


def given(reach: Reach | None) -> dict[str, Any]:
    """For WITHIN."""
    if reach is None:
        return {"reader": None, "leaders": None}
    return {"reader": reach.reader, "leaders": list(reach.leaders)}
