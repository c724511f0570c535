"""How an appeal was judged, beside its conversation: in a few lines, and where all of it stands."""

from collections.abc import Iterator
from dataclasses import dataclass

from apps.appeals.desk.beside import Part
from apps.appeals.models import Appeal, Conversation
from apps.callanalysis.models import Scorecard, TableRow
from apps.callanalysis.seeing import seen_appeals
from apps.callanalysis.values import in_words
from apps.callanalysis.wording import why_not_judged
from apps.tenants.scope import Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Of a table, what was found: the title of each column and its value."""

    of: Scorecard | TableRow
    name: str
    why: str
    found: tuple[tuple[str, str], ...] = ()


def panel(conversation: Conversation, appeal: Appeal, scope: Scope) -> Iterator[Part]:
    cards = list(Scorecard.objects.filter(appeal=appeal).select_related("checklist").order_by("pk"))
    rows = list(
        TableRow.objects.filter(appeal=appeal)
        .select_related("table")
        .prefetch_related("cells")
        .order_by("pk")
    )
    if not (cards or rows) or not seen_appeals(scope).filter(pk=appeal.pk).exists():
        return
    judged = [
        *(Line(of=one, name=one.checklist.name, why=_why(one)) for one in cards),
        *(Line(of=one, name=one.table.name, why=_why(one), found=_found(one)) for one in rows),
    ]
    yield Part(template="callanalysis/panel.html", shown={"judged": judged})


def _why(judgement: Scorecard | TableRow) -> str:
    return why_not_judged(judgement) if judgement.error_code and not judgement.finished_at else ""


def _found(row: TableRow) -> tuple[tuple[str, str], ...]:
    cells = ((cell, in_words(cell.column, cell.standing)) for cell in row.cells.all())
    return tuple((cell.column.get("title") or cell.name, value) for cell, value in cells if value)
