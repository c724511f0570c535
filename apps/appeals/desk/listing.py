"""The list of conversations: by view and filters, the newest first, or who waits longest."""

import hashlib
import time
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.appeals.desk import bulk, views
from apps.appeals.desk.counting import common_of, counts_of
from apps.appeals.desk.doors import at_desk, chats, number, of_tenant, pass_of
from apps.appeals.desk.filters import VIEWS, Filters, read_filters
from apps.appeals.desk.rows import Chosen, chosen_by, written
from apps.appeals.models import AppealStatus, Tag
from apps.channels.alarms import silence_alarms
from apps.channels.models import Channel
from apps.core.alarms import Alarm
from apps.tenants.models import Member
from apps.tenants.scope import Scope

PAGE, MOST = 40, 300


@at_desk
def desk(request: HttpRequest, scope: Scope) -> HttpResponse:
    choices = _choices(scope)
    context = _context(_look(request, scope), scope, names=_names(choices)) | choices
    return render(request, "desk/desk.html", {**admin.site.each_context(request), **context})


@at_desk
def live(request: HttpRequest, scope: Scope) -> HttpResponse:
    """The rows, or 204 while what the browser shows (`stamp`) still holds."""
    look = _look(request, scope)
    if request.GET.get("stamp") == look.stamp:
        return HttpResponse(status=204)
    return render(request, "desk/rows.html", _context(look, scope, names=request.GET.get("names", "")[:32]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a list shows, short of what its rows say. `at` in seconds, from before anything was read: what
    changed meanwhile is found by the next look.
    """

    at: float
    filters: Filters
    size: int
    chosen: list[Chosen]
    has_more: bool
    counts: dict[str, int]
    silences: list[Alarm]
    bulks: list[Any]

    @property
    def stamp(self) -> str:
        """Changes whenever what is shown does, and at midnight, for today's moments are told without their
        day. How long clients wait grows in the page itself.
        """
        silences = [one.text for one in self.silences]
        bulks = [
            (one.pk, one.state, one.settled_count, one.back_count, one.finished_at) for one in self.bulks
        ]
        parts = (self.chosen, self.has_more, self.counts, silences, bulks, timezone.localdate())
        return hashlib.blake2b(repr(parts).encode(), digest_size=8).hexdigest()


def _look(request: HttpRequest, scope: Scope) -> Look:
    at, filters, size = time.time(), read_filters(request.GET), _size(request)
    common, bulks = common_of(scope), bulk.recent(scope)
    tenant = scope.tenant.pk if scope.tenant else None
    silences = list(silence_alarms(tenant)) if common.is_silent else []
    rows = filters.narrow(chats(scope), scope)
    found = chosen_by(rows, scope.member, query=filters.query, most=size + 1)
    return Look(
        at=at,
        filters=filters,
        size=size,
        chosen=found[:size],
        has_more=len(found) > size,
        counts=counts_of(scope, common),
        silences=silences,
        bulks=bulks,
    )


def _context(look: Look, scope: Scope, *, names: str) -> dict[str, Any]:
    is_cut = look.has_more and look.size >= MOST
    return {
        "title": _("Conversations"),
        "rows": written(look.chosen, query=look.filters.query, scope=scope, names=names),
        "names": names,
        "look": look,
        "filters": look.filters,
        "counts": look.counts,
        "pass": pass_of(scope),
        "more": look.filters.address(n=look.size + PAGE) if look.has_more and not is_cut else "",
        "is_cut": is_cut,
        # Asked where nothing else is shown.
        "has_channels": Channel.objects.filter(of_tenant(scope)).exists,
        "is_admin": scope.is_superuser or scope.role == "admin",
        "member": scope.member,
    }


def _choices(scope: Scope) -> dict[str, Any]:
    """What the filters and the bulk bar offer."""
    own = of_tenant(scope)
    return {
        "views": VIEWS,
        "saved_views": views.offered(scope),
        "channels": list(Channel.objects.filter(own).select_related("connection").order_by("pk")),
        "operators": list(Member.objects.filter(own)),
        "tags": list(Tag.objects.filter(own)),
        "statuses": AppealStatus.choices,
    }


def _names(choices: dict[str, Any]) -> str:
    """Of what rows name without being told when it changes; the page brings it along to its looks."""
    channels = [(one.pk, one.name, one.connection.connector) for one in choices["channels"]]
    operators = [(one.pk, one.name) for one in choices["operators"]]
    tags = [(one.pk, one.name, one.colour) for one in choices["tags"]]
    return hashlib.blake2b(repr((channels, operators, tags)).encode(), digest_size=8).hexdigest()


def _size(request: HttpRequest) -> int:
    return min(number(request.GET.get("n", "")) or PAGE, MOST)
