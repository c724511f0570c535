"""Bulk actions as the list offers them: for what is ticked, or for everything the filters hold."""

from datetime import timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from apps.appeals.accesses import took_file
from apps.appeals.bulk import ordering
from apps.appeals.bulk.exporting import FORMATS
from apps.appeals.desk.actions import done, refused
from apps.appeals.desk.doors import at_desk, chats, number, of_tenant
from apps.appeals.desk.filters import NOBODY, read_filters
from apps.appeals.models import BulkAction, BulkItemState, BulkKind, Conversation, Tag
from apps.core.errors import OutsideError, Rejected
from apps.core.files.handing_out import hand_out
from apps.core.files.storing import streamed
from apps.tenants.models import Member, Phones
from apps.tenants.scope import Scope

# An action's line stands above the list for so long.
SHOWN_FOR = timedelta(minutes=15)
MOST_SHOWN = 3
# Files of other apps stand on pages of theirs.
APPEALS = {"params__of__isnull": True}


def recent(scope: Scope) -> list[Any]:
    """One's own latest, with how far they are: `settled_count`, `done_count`, `can_undo`."""
    if scope.member is None:
        return []
    since = timezone.now() - SHOWN_FOR
    rows = BulkAction.objects.filter(
        tenant=scope.tenant, member=scope.member, created_at__gte=since, **APPEALS
    )
    latest = list(rows.order_by("-pk").values_list("pk", flat=True)[:MOST_SHOWN])
    if not latest:
        return []  # as with nearly every look
    states = Count("items", ~Q(items__state=BulkItemState.WAITING))
    changed = Count("items", Q(items__state__in=[BulkItemState.DONE, BulkItemState.UNDONE]))
    back = Count("undoes__items", Q(undoes__items__state=BulkItemState.UNDONE))
    found: list[Any] = list(
        rows.filter(pk__in=latest)
        .select_related("undoes", "undone_by")
        .annotate(settled_count=states, done_count=changed, back_count=back)
        .order_by("-pk")
    )
    for row in found:
        is_last = row.undoes_id is None and not hasattr(row, "undone_by")
        row.can_undo = is_last and row.kind != BulkKind.EXPORT
    # What was undone is told by what undid it.
    return [row for row in found if not hasattr(row, "undone_by")]


@require_POST
@at_desk
def start(request: HttpRequest, scope: Scope) -> HttpResponse:
    if scope.member is None:
        return refused(_("Only an employee of the organisation can do this."))
    asked = request.POST
    try:
        kind, params = _wish(asked, scope)
        bulk = ordering.order(
            member=scope.member,
            kind=kind,
            params=params,
            rows=_rows(asked, scope),
            query=QueryDict(asked.get("filters", "")).urlencode() if asked.get("all") else "",
        )
    except Rejected as error:
        return refused(error.public)
    return JsonResponse({"ok": True, "total": bulk.total})


@at_desk
def count(request: HttpRequest, scope: Scope) -> HttpResponse:
    """How many appeals the filters hold: asked before everything is chosen."""
    rows = read_filters(request.GET).narrow(chats(scope), scope)
    return JsonResponse({"count": rows.filter(current_appeal__isnull=False).order_by().count()})


@require_POST
@at_desk
def undo(request: HttpRequest, scope: Scope, row: int) -> HttpResponse:
    found = _own(scope, row)
    try:
        ordering.undo(bulk=found, member=found.member)
    except Rejected as error:
        return refused(error.public)
    return done()


@at_desk
def file(request: HttpRequest, scope: Scope, row: int) -> HttpResponseBase:
    """Only for who ordered it."""
    found = _own(scope, row)
    if not found.file or found.finished_at is None:
        raise Http404
    try:
        content: Any = streamed(str(found.file.name))
    except OutsideError:
        raise Http404 from None
    # Whether there are phones in it was decided when it was made, by whoever may read them.
    if scope.phones == Phones.SHOWN:
        took_file(scope, tenant_id=found.tenant_id, about=_("Appeals: %(n)d") % {"n": found.total})
    name = f"appeals-{found.created_at:%Y-%m-%d}-{found.pk}.{found.params['format']}"
    return hand_out(request, content, name=name, content_type="application/octet-stream")


def _own(scope: Scope, row: int) -> BulkAction:
    if scope.member is None:
        raise Http404
    return get_object_or_404(BulkAction.objects.filter(member=scope.member, **APPEALS), pk=row)


def _rows(asked: QueryDict, scope: Scope) -> QuerySet[Conversation]:
    own = chats(scope)
    if asked.get("all"):
        return read_filters(QueryDict(asked.get("filters", ""))).narrow(own, scope).order_by()
    ticked = [pk for pk in map(number, asked.getlist("chosen")) if pk is not None]
    return own.filter(pk__in=ticked)


def _wish(asked: QueryDict, scope: Scope) -> tuple[BulkKind, dict[str, Any]]:
    match kind := asked.get("kind", ""):
        case BulkKind.ASSIGN:
            return BulkKind(kind), {"operator": _operator(asked.get("operator", ""), scope)}
        case BulkKind.TAG | BulkKind.UNTAG:
            tag = Tag.objects.filter(of_tenant(scope), pk=number(asked.get("tag", "")) or 0)
            if (found := tag.first()) is None:
                raise Rejected(_("Choose a tag."), code="no_tag")
            return BulkKind(kind), {"tag": found.pk}
        case BulkKind.CLOSE:
            return BulkKind(kind), {}
        case BulkKind.EXPORT if asked.get("format") in FORMATS:
            return BulkKind(kind), {"format": asked["format"], "language": translation.get_language()}
    raise Rejected(_("Choose what to do."), code="no_kind")


def _operator(asked: str, scope: Scope) -> int | None:
    if asked == NOBODY:
        return None
    found = Member.objects.filter(of_tenant(scope), pk=number(asked) or 0).first()
    if found is None:
        raise Rejected(_("Choose an employee."), code="no_operator")
    return found.pk
