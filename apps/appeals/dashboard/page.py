"""The front page: figures for whoever looks, their own for operators, everybody's for those who lead."""

from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from apps.appeals.dashboard import exporting, steps
from apps.appeals.dashboard.drawing import cost_chart, heat_map, volume_chart
from apps.appeals.dashboard.links import Links
from apps.appeals.dashboard.periods import NAMES, Period, period_of
from apps.appeals.dashboard.present import failed_work, is_behind, present, undelivered
from apps.appeals.dashboard.reaching import reach_of
from apps.appeals.dashboard.reading import Whose, ai_by_day, heat, sums_of, volume
from apps.appeals.dashboard.team import Line, lines, most_open
from apps.appeals.dashboard.tiles import ai_tile, now_tiles, period_tiles
from apps.channels.models import Channel
from apps.core.spreadsheets import XLSX
from apps.tenants import menu
from apps.tenants.models import Role
from apps.tenants.scope import EVERYONE, LEADERS, Scope, find_scope, scope_of
from apps.tenants.scoped_pages import scoped_page


def index(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Unfold's callback of the start page."""
    context = menu.index(request, context)
    scope = find_scope(request)
    if scope is None:
        return context
    if scope.tenant is not None and steps.is_new(scope.tenant):
        may_set_up = scope.may(Role.ADMIN)
        return {**context, "steps": steps.steps(scope.tenant) if may_set_up else [], "is_new": True}
    return {**context, "dashboard": dashboard(scope, period_of(request.GET.dict(), now=timezone.now()))}


def dashboard(scope: Scope, period: Period) -> dict[str, Any]:
    tenant_id = scope.tenant.pk if scope.tenant else None
    mine = whose(scope)
    team = replace(mine, member_id=None)
    links, is_admin = Links(period=period, member_id=mine.member_id), scope.may(Role.ADMIN)
    now = present(tenant_id, member=scope.member)
    sums, before = sums_of(mine, period)
    own_open = None if mine.member_id is None else now.open_by.get(mine.member_id, 0)
    team_links = Links(period=period)
    table = lines(mine, period, now)
    tiles = list(
        period_tiles(sums, before, undelivered=undelivered(mine, period, member=scope.member), links=links)
    )
    return {
        "period": period,
        "periods": NAMES,
        "is_own": mine.member_id is not None,
        "is_behind": is_behind(tenant_id, period, is_limited=mine.reach is not None),
        "now": list(
            now_tiles(now, failed=failed_work(tenant_id) if is_admin else None, mine=own_open, links=links)
        ),
        "tiles": [*tiles, ai_tile(sums, before, team_links)] if is_admin else tiles,
        "volume": volume_chart(period, volume(team, period), names=_names(tenant_id), links=team_links),
        "heat": list(heat_map(period, heat(team, period), links=team_links)) if period.days > 2 else [],
        "costs": cost_chart(period, ai_by_day(team, period), links=team_links) if is_admin else None,
        "team": table,
        "most_open": most_open(table),
    }


def whose(scope: Scope) -> Whose:
    """An operator's own, of what they find; a leader's figures are everybody's."""
    tenant_id = scope.tenant.pk if scope.tenant else None
    is_leader = scope.may(*LEADERS) or scope.member is None
    return Whose(
        tenant_id=tenant_id,
        member_id=None if is_leader or scope.member is None else scope.member.pk,
        reach=reach_of(scope.member),
    )


def _names(tenant_id: int | None) -> dict[int, str]:
    channels = Channel.objects.all() if tenant_id is None else Channel.objects.filter(tenant=tenant_id)
    return dict(channels.values_list("pk", "name"))


@scoped_page(roles=EVERYONE)
def export(request: HttpRequest) -> HttpResponse:
    scope = scope_of(request)
    period = period_of(request.GET.dict(), now=timezone.now())
    found = lines(
        whose(scope), period, present(scope.tenant.pk if scope.tenant else None, member=scope.member)
    )
    return _file(found, period, kind=request.GET.get("format", "csv"))


def _file(found: list[Line], period: Period, *, kind: str) -> HttpResponse:
    name = f"team-{period.first:%Y-%m-%d}-{period.last:%Y-%m-%d}"
    if kind == "xlsx":
        answer = HttpResponse(exporting.as_xlsx(found), content_type=XLSX)
    else:
        kind, answer = "csv", HttpResponse(exporting.as_csv(found), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    return answer
