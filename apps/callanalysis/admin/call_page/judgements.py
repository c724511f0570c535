"""What checklists and tables found in a call, the words it rests on, what people made of it, who was told."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch
from django.utils.translation import gettext_lazy as _

from apps.callanalysis.admin.call_page.sections import MAIN, Section, Shown
from apps.callanalysis.models import Call, Cell, Correction, Judgement, Mark
from apps.callanalysis.reporting import deliveries_of
from apps.callanalysis.values import in_words, written
from apps.callanalysis.wording import why_not_judged
from apps.tenants.models import Role
from apps.tenants.scope import LEADERS, Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One scorecard or one row; `why` where there is none, or none yet."""

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


def scorecards(shown: Shown) -> Section | None:
    marks = Prefetch("marks", Mark.objects.prefetch_related(_corrections()))
    cards = shown.call.scorecards.select_related("checklist", "version").prefetch_related(marks)
    found = [_judged(one, one.marks.all()) for one in cards.order_by("checklist__name", "pk")]
    return _section(shown, found, key="checklists", title=_("Checklists")) if found else None


def rows(shown: Shown) -> Section | None:
    cells = Prefetch("cells", Cell.objects.prefetch_related(_corrections()))
    filled = shown.call.tablerows.select_related("table", "version").prefetch_related(cells)
    found = [_judged(one, map(_cell, one.cells.all())) for one in filled.order_by("table__name", "pk")]
    return _section(shown, found, key="tables", title=_("Tables")) if found else None


def deliveries(shown: Shown) -> Section | None:
    """Of the webhooks, for whoever sets them up."""
    found = list(deliveries_of(shown.call)) if shown.scope.may(Role.ADMIN) else []
    if not found:
        return None
    return Section(
        key="deliveries",
        title=_("Told to other systems"),
        template="callanalysis/deliveries.html",
        context={"deliveries": found},
    )


def may_correct(scope: Scope, call: Call) -> bool:
    """Leaders; but whose own call it is does not judge it, and whoever judges is of the organisation."""
    if scope.member is None or not scope.may(*LEADERS):
        return False
    return call.sales_manager.member_id != scope.member.pk


def _corrections() -> Prefetch[str, Any, Any]:
    return Prefetch("corrections", Correction.objects.select_related("member").order_by("-at", "-pk"))


def _section(shown: Shown, found: list[Judged], *, key: str, title: Any) -> Section:
    context = {
        "call": shown.call,
        "judged": found,
        "may_correct": may_correct(shown.scope, shown.call),
        "has_recording": bool(shown.call.file),
    }
    return Section(key=key, title=title, template=f"callanalysis/{key}.html", context=context, place=MAIN)


def _judged(judgement: Judgement, found: Iterable[Any]) -> Judged:
    why = why_not_judged(judgement) if judgement.error_code and not judgement.finished_at else ""
    return Judged(of=judgement, found=list(found), why=why)


def _cell(cell: Cell) -> ShownCell:
    return ShownCell(
        of=cell,
        value=in_words(cell.column, cell.standing),
        typed=written(cell.column, cell.standing),
        by_ai=in_words(cell.column, cell.value) or cell.said,
    )
