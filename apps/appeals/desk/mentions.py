"""All notes that a member was named in, on one page."""

from datetime import datetime

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from apps.appeals import jotting
from apps.appeals.desk.doors import at_desk
from apps.appeals.mentioning import mentions_of, see_all, unsee
from apps.tenants.scope import Scope, find_scope

MOST = 200


@at_desk
def listing(request: HttpRequest, scope: Scope) -> HttpResponse:
    rows = list(mentions_of(scope.member)[:MOST]) if scope.member is not None else []
    context = {
        **admin.site.each_context(request),
        "title": _("Mentions"),
        "mentions": rows,
        "unseen": sum(one.seen_at is None for one in rows),
        "member": scope.member,
        "phones": scope.phones,
        "desk_url": reverse("desk"),
        "undo": request.GET.get("undo", ""),
    }
    return render(request, "desk/mentions.html", context)


@require_POST
@at_desk
def see(request: HttpRequest, scope: Scope) -> HttpResponse:
    if scope.member is None:
        return redirect("desk_mentions")
    at, count = see_all(scope.member)
    undo = f"?undo={at:%Y-%m-%dT%H:%M:%S.%fZ}" if count else ""
    return redirect(reverse("desk_mentions") + undo)


@require_POST
@at_desk
def undo(request: HttpRequest, scope: Scope) -> HttpResponse:
    at = _moment(request.POST.get("at", ""))
    if scope.member is not None and at is not None:
        count = unsee(scope.member, seen_at=at)
        said = ngettext("%(n)d mention is new again.", "%(n)d mentions are new again.", count)
        messages.success(request, said % {"n": count})
    return redirect("desk_mentions")


def _moment(text: str) -> datetime | None:
    try:
        found = parse_datetime(text)
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None


def badge(request: HttpRequest) -> str:
    """Beside the page's name in the menu: how many were not seen. One query; empty for none."""
    scope = find_scope(request)
    if scope is None or scope.member is None:
        return ""
    return str(jotting.unseen(scope.member).count() or "")
