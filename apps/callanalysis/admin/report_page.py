"""«Report»: how offices and managers fare in a period and fared before it; every figure opens its calls."""

from collections.abc import Iterable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from apps.callanalysis.figures import criteria, scorecards, talk
from apps.callanalysis.figures.board import Board, board_of
from apps.callanalysis.figures.choosing import choice_of, is_alone
from apps.callanalysis.figures.drawing import calls_chart, score_chart
from apps.callanalysis.figures.exporting import TABLES, as_csv, as_xlsx
from apps.callanalysis.figures.periods import NAMES
from apps.callanalysis.figures.reading import calls_by_bar, is_behind, scores_by_bar
from apps.callanalysis.figures.talk import Talk
from apps.callanalysis.figures.tiles import tiles
from apps.callanalysis.models import Call
from apps.core.spreadsheets import CSV, XLSX
from apps.tenants.choosing import chosen_tenant, offer_tenants
from apps.tenants.scope import EVERYONE, scope_of
from apps.tenants.scoped_pages import page, scoped_page


@scoped_page(roles=EVERYONE)
def report(request: HttpRequest) -> HttpResponse:
    tenant, scope = chosen_tenant(request), scope_of(request)
    if tenant is None:
        return offer_tenants(request, title=_("Calls of which organisation?"))
    choice = choice_of(request.GET.dict(), scope=scope, tenant=tenant)
    common = {"choice": choice, "periods": NAMES, "is_alone": is_alone(scope)}
    if not Call.objects.filter(tenant=tenant).exists():
        return page(request, "callanalysis/report.html", title=_("Report"), nothing=True, **common)
    board = board_of(choice)
    return page(
        request,
        "callanalysis/report.html",
        title=_("Report"),
        board=board,
        is_behind=is_behind(choice),
        tiles=tiles(board.whole, board.links),
        least=scorecards.LEAST,
        **common,
        **_tables(board),
        calls_chart=calls_chart(calls_by_bar(choice), links=board.links),
        score_chart=score_chart(scores_by_bar(choice), links=board.links),
    )


def _tables(board: Board) -> dict[str, Any]:
    links, worst = board.links, criteria.worst(board.criteria)
    return {
        "managers": [(line, list(scorecards.figures(line, links))) for line in board.managers],
        "offices": [(line, list(scorecards.figures(line, links))) for line in board.offices],
        "worst": _with(worst[: criteria.WORST], criteria.figures, board),
        "rest": _with(worst[criteria.WORST :], criteria.figures, board),
        "checked": _with(criteria.checked(board.criteria), criteria.agreement, board),
        "everybody": list(talk.figures(board.everybody, links, None)),
        "talk": [
            (line, list(talk.figures(Talk(calls=line.calls), links, line.whose)))
            for line in talk.spoken(board.managers)
        ],
    }


def _with(found: Iterable[criteria.Named], figures: Any, board: Board) -> list[tuple[criteria.Named, Any]]:
    return [(one, list(figures(one, board.links))) for one in found]


@scoped_page(roles=EVERYONE)
def report_file(request: HttpRequest, table: str, form: str) -> HttpResponse:
    """The whole report as a workbook, `all/xlsx`, or one of its tables as CSV."""
    if (form != "csv" or table not in TABLES) and (table, form) != ("all", "xlsx"):
        raise Http404
    tenant = chosen_tenant(request)
    if tenant is None:
        return offer_tenants(request, title=_("Calls of which organisation?"))
    choice = choice_of(request.GET.dict(), scope=scope_of(request), tenant=tenant)
    board = board_of(choice)
    answer = (
        HttpResponse(as_xlsx(board), content_type=XLSX)
        if form == "xlsx"
        else HttpResponse(as_csv(board, table), content_type=CSV)
    )
    days = f"{choice.span.first:%Y-%m-%d}-{choice.span.last:%Y-%m-%d}"
    name = f"calls-{days}.xlsx" if form == "xlsx" else f"calls-{table}-{days}.csv"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
