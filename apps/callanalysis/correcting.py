"""People judge marks and cells, too: their word counts, the AI's stays beside it, and who said what and why.

Whose calls somebody may correct is decided by who calls: see `seeing`.
"""

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.callanalysis.judging import add_up
from apps.callanalysis.models import Cell, Correction, Mark, Scorecard, TableRow
from apps.callanalysis.models.checklist import DONE, NOT_DONE
from apps.callanalysis.values import read_value
from apps.tenants.models import Member

NO_REASON = _("Say why: the one whose call it is will read it.")
VERDICTS = frozenset({DONE, NOT_DONE, None})


class ReasonMissing(ValueError):
    """Who differs from the AI says why."""

    public = NO_REASON


@transaction.atomic
def correct_mark(*, mark: Mark, verdict: int | None, reason: str, member: Member | None) -> Mark:
    """1, -1, or None for «cannot be judged»; the AI's own verdict again confirms it, for which no reason is
    asked.

    Raises ReasonMissing. The scorecard's totals go by it at once.
    """
    if verdict not in VERDICTS:
        raise ValueError(f"no verdict: {verdict}")
    # The lock under which the work writes, and others correct.
    scorecard = Scorecard.objects.select_for_update(of=("self",)).get(pk=mark.scorecard_id)
    marks = list(scorecard.marks.all())
    now = next(one for one in marks if one.pk == mark.pk)
    _insist_on_reason(reason, differs=verdict != now.said or verdict != now.score)
    now.human, now.score, now.corrected_at = verdict, verdict, timezone.now()
    now.save(update_fields=["human", "score", "corrected_at"])
    Correction.objects.create(
        tenant_id=now.tenant_id,
        mark=now,
        member=member,
        by_ai=now.said,
        by_human=verdict,
        reason=reason.strip(),
    )
    add_up(scorecard, marks)
    return now


@transaction.atomic
def correct_cell(*, cell: Cell, value: str, reason: str, member: Member | None) -> Cell:
    """`value` as people write it, empty for «nothing was said».

    Raises ReasonMissing, and `values.NotOfThisType` where the column wants something else.
    """
    TableRow.objects.select_for_update(of=("self",)).get(pk=cell.row_id)
    now = Cell.objects.get(pk=cell.pk)
    human = read_value(now.column, value)
    _insist_on_reason(reason, differs=human != now.standing)
    now.human, now.corrected_at = human, timezone.now()
    now.save(update_fields=["human", "corrected_at"])
    Correction.objects.create(
        tenant_id=now.tenant_id,
        cell=now,
        member=member,
        by_ai=_by_ai(now),
        by_human=human,
        reason=reason.strip(),
    )
    return now


def _by_ai(cell: Cell) -> Any:
    """Also what did not count, as it was said."""
    return cell.value if cell.value is not None else cell.said or None


def _insist_on_reason(reason: str, *, differs: bool) -> None:
    if differs and not reason.strip():
        raise ReasonMissing
