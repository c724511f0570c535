"""The list of calls as files: at once where that is a matter of seconds, else made in the background."""

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone

from apps.appeals.bulk.exporting import Content
from apps.appeals.models import BulkAction
from apps.callanalysis.exporting import content_of
from apps.callanalysis.models import Call
from apps.core.errors import OutsideError
from apps.core.files.handing_out import hand_out
from apps.core.files.storing import streamed
from apps.core.spreadsheets import XLSX
from apps.tenants.scope import Scope, request_as

# As `BulkAction.params["of"]`.
CALLS = "calls"
# A file's line stands above the list for so long, if nobody orders more.
SHOWN_FOR, MOST_SHOWN = timedelta(days=1), 3


def made_in_background(bulk: BulkAction) -> Content:
    """What the list shows its member by the filters in `bulk.params["query"]`, by now."""
    request = request_as(bulk.member, bulk.params["query"])
    shown: Any = admin.site.get_model_admin(Call)
    calls: QuerySet[Call] = shown.get_changelist_instance(request).get_queryset(request)
    bulk.total = calls.order_by().count()
    bulk.save(update_fields=["total"])
    return content_of(calls, tenant=bulk.tenant, phones=bulk.member.phones)


def own_files(scope: Scope) -> QuerySet[BulkAction]:
    return BulkAction.objects.filter(tenant=scope.tenant, member=scope.member, params__of=CALLS)


def recent(scope: Scope) -> list[BulkAction]:
    if scope.member is None:
        return []
    return list(own_files(scope).filter(created_at__gte=timezone.now() - SHOWN_FOR)[:MOST_SHOWN])


def file(request: HttpRequest, scope: Scope, pk: int) -> HttpResponseBase:
    """Only for who ordered it."""
    if scope.member is None:
        raise Http404
    found = get_object_or_404(own_files(scope).exclude(finished_at=None).exclude(file=None), pk=pk)
    try:
        content: Any = streamed(str(found.file.name))
    except OutsideError:
        raise Http404 from None
    name = f"calls-{timezone.localtime(found.created_at):%Y-%m-%d}-{found.pk}.xlsx"
    return hand_out(request, content, name=name, content_type=XLSX)
