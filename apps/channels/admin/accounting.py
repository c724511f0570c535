"""The page that shows that nothing was lost: what arrived, and what each of it came to."""

from collections.abc import Iterator
from datetime import tzinfo
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.channels.accounting import ENDINGS, PERIODS, TITLES, Line, gathered, since, tally
from apps.channels.models import InboundEvent
from apps.channels.reasons import reason_title
from apps.channels.receiving import read_again
from apps.core.text import clean
from apps.integrations.registry import connector_name
from apps.tenants.paths import within
from apps.tenants.scope import Scope, scope_of
from apps.tenants.scoped_admin import page

# Names of services that strangers made up have no end; after these they are counted together.
MOST_STRANGERS = 50
REST = "…"


def accounting_page(request: HttpRequest) -> HttpResponse:
    scope = scope_of(request)
    period = request.GET.get("period", "today")
    period = period if period in PERIODS else "today"
    begin = since(period, now=timezone.now(), zone=_zone(scope))
    lines = tally(within(InboundEvent.objects.all(), scope=scope), begin=begin)
    return page(
        request,
        "channels/accounting.html",
        title=_("Incoming events"),
        period=period,
        periods=[(name, title) for name, (title, _days) in PERIODS.items()],
        titles=list(TITLES.values()),
        rows=list(_rows(gathered(lines, most=MOST_STRANGERS), begin.isoformat())),
        total=sum(line.received for line in lines),
        adds_up=all(line.adds_up for line in lines),
        unrouted=_unrouted(scope),
        is_superuser=scope.is_superuser,
    )


def replay_unrouted(request: HttpRequest) -> HttpResponse:
    """Those that belong to no organisation yet are the superuser's alone."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    rows = _stranded(scope_of(request)).filter(connector=clean(request.POST.get("connector", ""), limit=50))
    count = read_again(rows.values_list("pk", flat=True))
    said = ngettext("%(n)d event will be read again.", "%(n)d events will be read again.", count)
    messages.success(request, said % {"n": count})
    return redirect("admin:channels_accounting")


def _zone(scope: Scope) -> tzinfo:
    return ZoneInfo(scope.tenant.timezone) if scope.tenant else timezone.get_current_timezone()


def _rows(lines: list[Line], begin: str) -> Iterator[dict[str, Any]]:
    for line in lines:
        yield {
            "line": line,
            "connector": connector_name(line.connector) or REST,
            "received_url": _list_url(line, begin),
            "figures": [(count, _list_url(line, begin, ended=name)) for name, count in line.ended.items()],
        }


def _list_url(line: Line, begin: str, **filters: str) -> str:
    channel: dict[str, Any] = (
        {"channel__id__exact": line.channel_id} if line.channel_id else {"channel__isnull": "True"}
    )
    connector = {"connector": line.connector} if line.connector else {}
    query = {**connector, **channel, "received_at__gte": begin, **filters}
    return f"{reverse('admin:channels_inboundevent_changelist')}?{urlencode(query)}"


def _unrouted(scope: Scope) -> list[dict[str, Any]]:
    """Of all times: what waits for its account is not forgotten with the period."""
    found = _stranded(scope).order_by("connector", "reason")
    address = reverse("admin:channels_inboundevent_changelist")
    shown = {"ended": "unrouted"} | ({"tenant__isnull": "True"} if scope.is_superuser else {})
    groups: dict[str, dict[str, Any]] = {}
    for slug, reason, count in found.values_list("connector", "reason").annotate(n=Count("pk")):
        url = f"{address}?{urlencode(shown | {'connector': slug})}"
        empty = {"connector": slug, "name": connector_name(slug), "reasons": [], "count": 0, "url": url}
        group = groups.setdefault(slug, empty)
        group["reasons"].append((reason_title(reason), count))
        group["count"] += count
    most_first = sorted(groups.values(), key=lambda group: -group["count"])
    if rest := most_first[MOST_STRANGERS:]:
        count = sum(group["count"] for group in rest)
        url = f"{address}?{urlencode(shown)}"
        rest = [{"connector": "", "name": REST, "reasons": [], "count": count, "url": url}]
    return most_first[:MOST_STRANGERS] + rest


def _stranded(scope: Scope) -> QuerySet[InboundEvent]:
    """Nobody's yet are the superuser's; an organisation's own came while it was disconnected."""
    rows = InboundEvent.objects.filter(ENDINGS["unrouted"])
    return rows.filter(tenant=None) if scope.is_superuser else within(rows, scope=scope)
