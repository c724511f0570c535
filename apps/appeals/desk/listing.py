"""The list of conversations: by view and filters, the newest first, or who waits longest."""

import hashlib
import time
from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import (
    BigIntegerField,
    BooleanField,
    Case,
    Count,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Left
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.appeals.desk import bulk, views
from apps.appeals.desk.doors import at_desk, chats, number, of_tenant, pass_of
from apps.appeals.desk.filters import VIEWS, Filters, free, mine, read_filters, unread_by
from apps.appeals.desk.marks import with_marks
from apps.appeals.models import (
    AppealStatus,
    AppealTag,
    Attachment,
    Batch,
    Conversation,
    Device,
    Message,
    Tag,
)
from apps.appeals.planned.showing import planned_marks
from apps.appeals.searching import messages_with
from apps.appeals.snoozing import awaiting
from apps.channels.alarms import silence_alarms
from apps.channels.models import Channel
from apps.core.models import TROUBLED, State
from apps.tenants.models import Member
from apps.tenants.scope import Scope

PAGE, MOST = 40, 300
# Of a message; more than a line shows nobody reads here.
HEAD = 200
# Of one that was searched for: the words may stand further down.
FOUND = 2000


@at_desk
def desk(request: HttpRequest, scope: Scope) -> HttpResponse:
    context = _context(request, scope) | _choices(scope)
    return render(request, "desk/desk.html", {**admin.site.each_context(request), **context})


@at_desk
def live(request: HttpRequest, scope: Scope) -> HttpResponse:
    """The rows anew, or 204 while what the browser shows (`stamp`) still holds."""
    filters = read_filters(request.GET)
    chosen = list(_chosen(filters, scope)[: _size(request)])
    if request.GET.get("stamp") == _stamp(chosen, counts_of(scope), _notes(scope)):
        return HttpResponse(status=204)
    return render(request, "desk/rows.html", _context(request, scope))


def _context(request: HttpRequest, scope: Scope) -> dict[str, Any]:
    at, filters, size = time.time(), read_filters(request.GET), _size(request)
    # Before the rows: what changes while they are read is then found by the next look.
    counts, notes = counts_of(scope), _notes(scope)
    found = list(_chosen(filters, scope)[: size + 1])
    chosen, has_more = found[:size], len(found) > size
    return {
        "title": _("Conversations"),
        "rows": _rows(chosen, filters.query, scope.member),
        "stamp": _stamp(chosen, counts, notes),
        "at": at,
        "pass": pass_of(scope),
        "filters": filters,
        "counts": counts,
        "more": filters.address(n=size + PAGE) if has_more and size < MOST else "",
        "is_cut": has_more and size >= MOST,
        "has_channels": Channel.objects.filter(of_tenant(scope)).exists(),
        **notes,
        "is_admin": scope.is_superuser or scope.role == "admin",
        "member": scope.member,
        "phones": scope.phones,
    }


def _choices(scope: Scope) -> dict[str, Any]:
    """What the filters and the bulk bar offer."""
    own = of_tenant(scope)
    return {
        "views": VIEWS,
        "saved_views": views.offered(scope),
        "channels": Channel.objects.filter(own).select_related("connection").order_by("pk"),
        "operators": Member.objects.filter(own),
        "tags": Tag.objects.filter(own),
        "statuses": AppealStatus.choices,
    }


def _size(request: HttpRequest) -> int:
    return min(number(request.GET.get("n", "")) or PAGE, MOST)


def counts_of(scope: Scope) -> dict[str, int]:
    """What stands beside the views; `unread`, of what concerns this member, stands in the tab's title."""
    rows = chats(scope)
    waiting = awaiting(rows).count()
    if scope.member is None:
        return {"waiting": waiting, "free": free(rows, scope).count(), "unread": waiting}
    ours = free(rows, scope).aggregate(free=Count("pk"), unread=Count("pk", unread_by(scope.member)))
    own = mine(rows, scope).aggregate(mine=Count("pk"), unread=Count("pk", unread_by(scope.member)))
    return {"waiting": waiting, **own, **ours, "unread": own["unread"] + ours["unread"]}


# Which conversation, its revision, and whether it is unread.
Chosen = tuple[int, int, bool]


def _chosen(filters: Filters, scope: Scope) -> QuerySet[Any, Chosen]:
    """In the order of the view. Nothing is joined for it: that is done for the few that are shown."""
    rows = filters.narrow(chats(scope), scope)
    is_unread = Q(pk__in=[]) if scope.member is None else unread_by(scope.member)
    marked = rows.annotate(
        is_unread=Case(When(is_unread, then=Value(True)), default=Value(False), output_field=BooleanField())
    )
    return marked.values_list("pk", "revision", "is_unread")


def _rows(chosen: Sequence[Chosen], query: str, member: Member | None) -> list[Any]:
    ids = [pk for pk, _revision, _is_unread in chosen]
    details = _with_details(Conversation.objects.filter(pk__in=ids), query)
    found = {row.pk: row for row in with_marks(details, member).order_by()}
    rows = []
    for pk, _revision, is_unread in chosen:
        if (row := found.get(pk)) is not None:
            row.is_unread = is_unread
            rows.append(row)
    _add_last_messages(rows)
    _add_tags(rows)
    if query:
        _add_found(rows)
    return rows


# What a row shows of each: rows are many, and a connection is heavy.
SHOWN = (
    *(
        "last_message_at",
        "waiting_since",
        "answer_due_at",
        "revision",
        "snoozed_until",
        "snoozed_why",
        "reminded_at",
    ),
    *("contact__name", "identity__is_reachable", "channel__name", "channel__connection__connector"),
    *("current_appeal__status", "current_appeal__operator__name"),
)


def _with_details(rows: QuerySet[Any], query: str) -> QuerySet[Any]:
    last = Message.objects.filter(conversation=OuterRef("pk")).reverse()
    device = Device.objects.filter(appeal=OuterRef("current_appeal"), removed_at=None).order_by("-id")
    batch = Batch.objects.filter(conversation=OuterRef("pk"), state=State.QUEUED).order_by("-id")
    related = ("contact", "identity", "channel__connection", "current_appeal__operator")
    shown: QuerySet[Any] = rows.annotate(
        last_id=Subquery(last.values("pk")[:1]),
        device_model=Subquery(device.values("model")[:1]),
        batch_due=Subquery(batch.values("due_at")[:1]),
        **planned_marks(),
        **_match(query),
    )
    return shown.select_related(*related).only(*SHOWN)


def _match(query: str) -> dict[str, Any]:
    """Beside what is shown of each conversation, the newest message that has the words of the search."""
    if not query:
        # Named all the same: a template looks long for what is not there.
        return {"found_id": Value(None, BigIntegerField())}
    words = messages_with(query).filter(conversation=OuterRef("pk")).order_by("-sent_at", "-pk")
    return {"found_id": Subquery(words.values("pk")[:1])}


def _add_last_messages(rows: list[Any]) -> None:
    ids = [row.last_id for row in rows if row.last_id]
    shown = Message.objects.select_related("delivery").only("author", "note", "delivery__state")
    found: dict[int, Any] = shown.annotate(head=Left("text", HEAD)).in_bulk(ids)
    files = Attachment.objects.filter(message__in=ids).order_by("-id")
    kinds = dict(files.values_list("message", "kind"))
    for row in rows:
        row.last, row.last_file = found.get(row.last_id), kinds.get(row.last_id, "")


def _add_found(rows: list[Any]) -> None:
    ids = [row.found_id for row in rows if row.found_id]
    texts = dict(Message.objects.filter(pk__in=ids).values_list("pk", Left("text", FOUND)))
    for row in rows:
        row.found_text = texts.get(row.found_id, "")


def _add_tags(rows: list[Any]) -> None:
    uses = AppealTag.objects.filter(
        appeal__in=[row.current_appeal_id for row in rows if row.current_appeal_id]
    )
    tags: dict[int, list[Tag]] = {}
    for use in uses.select_related("tag").order_by("tag__name"):
        tags.setdefault(use.appeal_id, []).append(use.tag)
    for row in rows:
        row.tags = tags.get(row.current_appeal_id, ())


def _notes(scope: Scope) -> dict[str, list[Any]]:
    """What stands above the rows."""
    silences = list(silence_alarms(scope.tenant.pk if scope.tenant else None))
    return {"silences": silences, "bulks": bulk.recent(scope)}


def _stamp(chosen: Sequence[Chosen], counts: dict[str, int], notes: dict[str, list[Any]]) -> str:
    """Changes whenever what is shown does, and at midnight, for today's moments are told without their day.

    How long clients wait grows in the page itself. What a row shows raises its conversation's revision; but
    for an answer that did not arrive, since deliveries know nothing of conversations.
    """
    silences = [one.text for one in notes["silences"]]
    bulks = [
        (one.pk, one.state, one.settled_count, one.back_count, one.finished_at) for one in notes["bulks"]
    ]
    ids = [pk for pk, _revision, _is_unread in chosen]
    parts = (chosen, counts, silences, bulks, _undelivered(ids), timezone.localdate())
    return hashlib.blake2b(repr(parts).encode(), digest_size=8).hexdigest()


def _undelivered(ids: list[int]) -> list[int]:
    """Of these conversations, those whose last message did not arrive."""
    last = Message.objects.filter(conversation=OuterRef("pk")).reverse().values("delivery__state")[:1]
    rows = Conversation.objects.filter(pk__in=ids).annotate(last_state=Subquery(last))
    return sorted(rows.filter(last_state__in=TROUBLED).values_list("pk", flat=True))
