"""What was found in a talk, as pages show it: each mark and cell with its words and its corrections."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch

from apps.appeals.models import Appeal
from apps.callanalysis.models import Call, Cell, Correction, Judgement, Mark
from apps.callanalysis.models.checklist import status_of
from apps.callanalysis.values import in_words, written
from apps.callanalysis.wording import why_not_judged

# As a form sends them.
VERDICTS = {"1": 1, "-1": -1, "": None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One scorecard or one row; `why` where there is none, none yet, or where it could not be done again."""

    of: Any
    found: list[Any]
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownCell:
    """`value` as people read it, `typed` as they would write it, `by_ai` as the AI's own answer reads."""

    of: Cell
    value: str
    typed: str
    by_ai: str


def scorecards_of(subject: Call | Appeal) -> list[Judged]:
    marks = Prefetch("marks", Mark.objects.prefetch_related(_corrections()))
    cards = subject.scorecards.select_related("checklist", "version").prefetch_related(marks)
    return [_judged(one, one.marks.all()) for one in cards.order_by("checklist__name", "pk")]


def rows_of(subject: Call | Appeal) -> list[Judged]:
    cells = Prefetch("cells", Cell.objects.prefetch_related(_corrections()))
    filled = subject.tablerows.select_related("table", "version").prefetch_related(cells)
    return [_judged(one, map(_cell, one.cells.all())) for one in filled.order_by("table__name", "pk")]


def verdicts() -> list[tuple[str, Any]]:
    """What a form offers, and how it is called."""
    return [(written, status_of(score).label) for written, score in VERDICTS.items()]


def _corrections() -> Prefetch[str, Any, Any]:
    return Prefetch("corrections", Correction.objects.select_related("member").order_by("-at", "-pk"))


def _judged(judgement: Judgement, found: Iterable[Any]) -> Judged:
    is_told = judgement.error_code and (judgement.is_settled or not judgement.finished_at)
    return Judged(of=judgement, found=list(found), why=why_not_judged(judgement) if is_told else "")


def _cell(cell: Cell) -> ShownCell:
    return ShownCell(
        of=cell,
        value=in_words(cell.column, cell.standing),
        typed=written(cell.column, cell.standing),
        by_ai=in_words(cell.column, cell.value) or cell.said,
    )
