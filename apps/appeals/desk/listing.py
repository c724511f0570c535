"""The list of conversations: the newest first, or who waits longest; changes are seen without reloading."""

import hashlib
from typing import Any

from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import Left
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.appeals.desk.doors import at_desk, number, visible
from apps.appeals.models import Appeal, Batch, Conversation, Device, Message
from apps.appeals.models.appeal import OPEN_STATUSES
from apps.appeals.planned.showing import planned_marks
from apps.appeals.searching import conversations_with, messages_with
from apps.channels.alarms import silence_alarms
from apps.channels.models import Channel
from apps.core.models import State
from apps.core.text import clean_name
from apps.tenants.scope import Scope

VIEWS: dict[str, str | Promise] = {
    "all": _("All"),
    "waiting": _("Wait for an answer"),
    "mine": _("Mine"),
    "free": _("Nobody's"),
}
ORDERS = {"waiting": ("waiting_since", "pk")}
PAGE, MOST = 50, 500
# Of a message; more than a line shows nobody reads here.
HEAD = 200
# The same of one that was searched for: the words may stand further down.
FOUND = 2000


@at_desk
def desk(request: HttpRequest, scope: Scope) -> HttpResponse:
    return render(request, "desk/desk.html", {**admin.site.each_context(request), **_context(request, scope)})


@at_desk
def live(request: HttpRequest, scope: Scope) -> HttpResponse:
    """The rows anew, or 204 while what the browser shows (`stamp`) still holds."""
    if request.GET.get("stamp") == _stamp(_chosen(request, scope), request, _waiting(scope)):
        return HttpResponse(status=204)
    return render(request, "desk/rows.html", _context(request, scope))


def _waiting(scope: Scope) -> int:
    return visible(scope).filter(waiting_since__isnull=False).count()


def _context(request: HttpRequest, scope: Scope) -> dict[str, Any]:
    chosen = _chosen(request, scope)
    size = _size(request)
    waiting = _waiting(scope)
    # Before the rows: what changes while they are read is then found by the next look.
    stamp = _stamp(chosen, request, waiting)
    rows = list(_with_match(_with_details(chosen), _query(request))[: size + 1])
    channels = Channel.objects.filter(**({} if scope.tenant is None else {"tenant": scope.tenant}))
    return {
        "title": _("Conversations"),
        "rows": rows[:size],
        "stamp": stamp,
        "views": VIEWS,
        "view": _view(request),
        "waiting": waiting,
        "query": _query(request),
        "more": size + PAGE if len(rows) > size else None,
        "has_channels": channels.exists(),
        "silences": list(silence_alarms(scope.tenant.pk if scope.tenant else None)),
        "is_admin": scope.is_superuser or scope.role == "admin",
    }


def _view(request: HttpRequest) -> str:
    wanted = request.GET.get("view", "all")
    return wanted if wanted in VIEWS else "all"


def _size(request: HttpRequest) -> int:
    return min(number(request.GET.get("n", "")) or PAGE, MOST)


def _query(request: HttpRequest) -> str:
    return clean_name(request.GET.get("q", ""))


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
    if query := _query(request):
        rows = rows.filter(pk__in=conversations_with(query, tenant=scope.tenant))
    return rows.order_by(*ORDERS.get(_view(request), ("-last_message_at", "-pk")))


def _with_details(rows: QuerySet[Conversation]) -> QuerySet[Any]:
    last = Message.objects.filter(conversation=OuterRef("pk")).reverse()
    appeal = Appeal.objects.filter(conversation=OuterRef("pk")).order_by("-created_at")
    device = Device.objects.filter(appeal__conversation=OuterRef("pk"), removed_at=None).order_by("-id")
    batch = Batch.objects.filter(conversation=OuterRef("pk"), state=State.QUEUED).order_by("-id")
    return rows.annotate(
        last_text=Subquery(last.annotate(head=Left("text", HEAD)).values("head")[:1]),
        last_file=Subquery(last.values("attachments__kind")[:1]),
        last_state=Subquery(last.values("delivery__state")[:1]),
        last_note=Subquery(last.values("note")[:1]),
        last_author=Subquery(last.values("author")[:1]),
        appeal_id=Subquery(appeal.values("pk")[:1]),
        appeal_status=Subquery(appeal.values("status")[:1]),
        operator_name=Subquery(appeal.values("operator__name")[:1]),
        device_model=Subquery(device.values("model")[:1]),
        batch_due=Subquery(batch.values("due_at")[:1]),
        **planned_marks(),
    )


def _with_match(rows: QuerySet[Any], query: str) -> QuerySet[Any]:
    """Beside what is shown of each conversation, the newest message that has the words of the search."""
    if not query:
        return rows
    words = messages_with(query).filter(conversation=OuterRef("pk")).order_by("-sent_at", "-pk")
    matched: QuerySet[Any] = rows.annotate(
        found_id=Subquery(words.values("pk")[:1]),
        found_text=Subquery(words.annotate(head=Left("text", FOUND)).values("head")[:1]),
    )
    return matched


def _stamp(rows: QuerySet[Conversation], request: HttpRequest, waiting: int) -> str:
    """Changes whenever a shown row does, and every minute, for it is told how long clients wait."""
    seen = list(rows.values_list("pk", "revision")[: _size(request)])
    minute = timezone.now().strftime("%j%H%M")
    return hashlib.blake2b(f"{seen} {waiting} {minute}".encode(), digest_size=8).hexdigest()
