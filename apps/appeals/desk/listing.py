"""The list of conversations: who waits longest is seen first, and what changes is seen without reloading."""

import hashlib
from typing import Any

from django.contrib import admin
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.appeals.desk.doors import at_desk, visible
from apps.appeals.models import Appeal, Batch, Conversation, Device, Message
from apps.appeals.models.appeal import OPEN_STATUSES
from apps.channels.models import Channel
from apps.core.models import State
from apps.tenants.scope import Scope

VIEWS: dict[str, str | Promise] = {
    "all": _("All"),
    "waiting": _("Wait for an answer"),
    "mine": _("Mine"),
    "free": _("Nobody's"),
}
PAGE = 50


@at_desk
def desk(request: HttpRequest, scope: Scope) -> HttpResponse:
    return render(request, "desk/desk.html", {**admin.site.each_context(request), **_context(request, scope)})


@at_desk
def live(request: HttpRequest, scope: Scope) -> HttpResponse:
    """The rows anew, or 204 while what the browser shows (`stamp`) still holds."""
    if request.GET.get("stamp") == _stamp(_chosen(request, scope), request):
        return HttpResponse(status=204)
    return render(request, "desk/rows.html", _context(request, scope))


def _context(request: HttpRequest, scope: Scope) -> dict[str, Any]:
    chosen = _chosen(request, scope)
    size = _size(request)
    rows = list(_with_details(chosen)[: size + 1])
    channels = Channel.objects.filter(**({} if scope.tenant is None else {"tenant": scope.tenant}))
    return {
        "title": _("Conversations"),
        "rows": rows[:size],
        "stamp": _stamp(chosen, request),
        "views": VIEWS,
        "view": _view(request),
        "counts": visible(scope).aggregate(waiting=Count("pk", filter=Q(waiting_since__isnull=False))),
        "query": request.GET.get("q", ""),
        "more": size + PAGE if len(rows) > size else None,
        "has_channels": channels.exists(),
        "is_admin": scope.is_superuser or scope.role == "admin",
    }


def _view(request: HttpRequest) -> str:
    wanted = request.GET.get("view", "all")
    return wanted if wanted in VIEWS else "all"


def _size(request: HttpRequest) -> int:
    asked = request.GET.get("n", "")
    return min(int(asked), 500) if asked.isdecimal() and int(asked) else PAGE


def _chosen(request: HttpRequest, scope: Scope) -> QuerySet[Conversation]:
    rows = visible(scope)
    still_open = Appeal.objects.filter(status__in=OPEN_STATUSES)
    match _view(request):
        case "waiting":
            rows = rows.filter(waiting_since__isnull=False)
        case "mine":
            rows = rows.filter(pk__in=still_open.filter(operator=scope.member).values("conversation"))
        case "free":
            rows = rows.filter(pk__in=still_open.filter(operator=None).values("conversation"))
    if query := request.GET.get("q", "").strip():
        rows = rows.filter(
            Q(contact__name__icontains=query)
            | Q(contact__phone__contains=query)
            | Q(identity__username__icontains=query)
            | Q(pk__in=Message.objects.filter(text__icontains=query).values("conversation"))
        )
    return rows.order_by("-last_message_at", "-pk")


def _with_details(rows: QuerySet[Conversation]) -> QuerySet[Any]:
    last = Message.objects.filter(conversation=OuterRef("pk")).order_by("-sent_at", "-id")
    appeal = Appeal.objects.filter(conversation=OuterRef("pk")).order_by("-created_at")
    device = Device.objects.filter(appeal__conversation=OuterRef("pk"), removed_at=None).order_by("-id")
    batch = Batch.objects.filter(conversation=OuterRef("pk"), state=State.QUEUED).order_by("-id")
    return rows.annotate(
        last_text=Subquery(last.values("text")[:1]),
        last_note=Subquery(last.values("note")[:1]),
        last_author=Subquery(last.values("author")[:1]),
        appeal_id=Subquery(appeal.values("pk")[:1]),
        appeal_status=Subquery(appeal.values("status")[:1]),
        operator_name=Subquery(appeal.values("operator__name")[:1]),
        device_model=Subquery(device.values("model")[:1]),
        batch_due=Subquery(batch.values("due_at")[:1]),
    )


def _stamp(rows: QuerySet[Conversation], request: HttpRequest) -> str:
    """Changes whenever a shown row does; costs one indexed query."""
    seen = list(rows.values_list("pk", "revision")[: _size(request)])
    return hashlib.blake2b(repr(seen).encode(), digest_size=8).hexdigest()
