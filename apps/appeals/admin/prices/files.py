"""Files to take away: the list itself, and one to begin with."""

from collections.abc import Iterable

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.appeals.prices.exporting import csv_lines, example_lines, lines, xlsx_file
from apps.core.spreadsheets import Cell
from apps.tenants.addresses import is_id
from apps.tenants.models import Tenant
from apps.tenants.scope import scope_of

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def export(request: HttpRequest, form: str) -> HttpResponseBase:
    tenant = tenant_of(request)
    if tenant is None:
        messages.warning(request, _("Choose an organisation first: filter the list by it."))
        return redirect("admin:appeals_priceitem_changelist")
    day = timezone.localdate().isoformat()
    return _answer(request, form, lines(tenant), name=f"prices-{tenant.slug}-{day}")


def example(request: HttpRequest, form: str) -> HttpResponseBase:
    return _answer(request, form, example_lines(), name="prices")


def tenant_of(request: HttpRequest) -> Tenant | None:
    """One's own; for a superuser the one they name, or the only one there is."""
    scope = scope_of(request)
    if scope.tenant is not None:
        return scope.tenant
    named = request.POST.get("tenant") or request.GET.get("tenant") or ""
    if named:
        return Tenant.objects.filter(pk=int(named)).first() if is_id(named) else None
    first = list(Tenant.objects.order_by("pk")[:2])
    return first[0] if len(first) == 1 else None


def _answer(request: HttpRequest, form: str, rows: Iterable[list[Cell]], *, name: str) -> HttpResponseBase:
    if request.method != "GET":
        return HttpResponseNotAllowed(["GET"])
    if form == "xlsx":
        answer: HttpResponseBase = HttpResponse(xlsx_file(rows), content_type=XLSX)
    elif form == "csv":
        answer = StreamingHttpResponse(csv_lines(rows), content_type="text/csv; charset=utf-8")
    else:
        raise Http404
    answer["Content-Disposition"] = f'attachment; filename="{name}.{form}"'
    return answer
