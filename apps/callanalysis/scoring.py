"""What the marks of a scorecard add up to, by the word that counts of each."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from apps.callanalysis.models import Mark, MarkStatus
from apps.callanalysis.models.checklist import DONE, NOT_DONE

CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """`total_score` is the sum of 1 and -1, `max_score` what it would be at best, of what was judged."""

    total_score: int
    max_score: int
    percentage: Decimal | None
    failed_critical: bool
    not_proven: int


def total(marks: Iterable[Mark]) -> Totals:
    """A stage that could not be judged, or rests on words that nobody said, is neither won nor lost."""
    marks = list(marks)
    judged = [one for one in marks if one.score in (DONE, NOT_DONE)]
    weight = sum(one.weight for one in judged)
    won = sum(one.weight for one in judged if one.score == DONE)
    return Totals(
        total_score=sum(one.score or 0 for one in judged),
        max_score=len(judged),
        percentage=(Decimal(100 * won) / weight).quantize(CENT, ROUND_HALF_UP) if weight else None,
        failed_critical=any(one.is_critical and one.score == NOT_DONE for one in judged),
        not_proven=sum(one.standing == MarkStatus.NOT_PROVEN for one in marks),
    )
