"""The import of a file: upload, preview, what became of it."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from unfold.widgets import UnfoldAdminFileFieldWidget

from apps.appeals.admin.prices.files import tenant_of
from apps.appeals.admin.prices.shown import preview_context
from apps.appeals.models import PriceImport
from apps.appeals.models.price import Stage
from apps.appeals.prices import importing
from apps.core.errors import Rejected
from apps.core.text import clean_name
from apps.tenants.models import Tenant
from apps.tenants.paths import within
from apps.tenants.scope import scope_of
from apps.tenants.scoped_pages import page

ACCEPTED = ".csv,.tsv,.txt,.xlsx,.xlsm,text/csv"
LIST = "admin:appeals_priceitem_changelist"


class UploadForm(forms.Form):
    file = forms.FileField(label=_lazy("File"), widget=UnfoldAdminFileFieldWidget(attrs={"accept": ACCEPTED}))


def upload(request: HttpRequest) -> HttpResponse:
    problem = _begin(request) if request.method == "POST" else ""
    if isinstance(problem, HttpResponse):
        return problem
    tenants = () if scope_of(request).tenant else Tenant.objects.order_by("name")
    return page(
        request,
        "prices/upload.html",
        title=_("Import of prices"),
        problem=problem,
        form=UploadForm(),
        tenants=tenants,
        most_rows=importing.MOST_ROWS,
        most_bytes=importing.MOST_BYTES,
    )


def _begin(request: HttpRequest) -> HttpResponse | str:
    """The preview of what was sent, or in words why there is none."""
    file, tenant = request.FILES.get("file"), tenant_of(request)
    if tenant is None:
        return _("Choose the organisation.")
    if file is None:
        return _("Choose a file.")
    if file.size is None or file.size > importing.MOST_BYTES:
        return str(importing.TOO_BIG)
    try:
        imported = importing.begin(
            tenant=tenant,
            member=scope_of(request).member,
            name=clean_name(file.name or ""),
            content=file.read(),
        )
    except Rejected as error:
        return str(error.public)
    return redirect(imported)


def import_page(request: HttpRequest, row: int) -> HttpResponse:
    imported = _own(request, row)
    context: dict[str, Any] = {"imported": imported, "is_working": imported.stage in PriceImport.WORKING}
    if imported.stage == Stage.PREVIEW:
        return page(
            request,
            "prices/preview.html",
            title=imported.file_name,
            **context,
            **preview_context(imported, show=request.GET.get("show", "")),
        )
    can_undo = imported.pk == importing.last_id(imported.tenant_id)
    return page(request, "prices/applied.html", title=imported.file_name, **context, can_undo=can_undo)


def do(request: HttpRequest, row: int) -> HttpResponse:
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    imported = _own(request, row)
    act = ACTS.get(request.POST.get("act", ""))
    if act is None:
        raise Http404
    try:
        return act(request, imported)
    except Rejected as error:
        messages.error(request, str(error.public))
        still_there = PriceImport.objects.filter(pk=imported.pk).exists()
        return redirect(imported) if still_there else redirect(LIST)


def _own(request: HttpRequest, row: int) -> PriceImport:
    found: PriceImport = get_object_or_404(within(PriceImport.objects.all(), scope=scope_of(request)), pk=row)
    return found


def _set_columns(request: HttpRequest, imported: PriceImport) -> HttpResponse:
    above = request.POST.get("header_rows", "")
    importing.set_columns(
        imported=imported,
        columns=[request.POST.get(f"column-{at}", "") for at in range(len(imported.columns))],
        header_rows=int(above) if above.isascii() and above.isdecimal() and len(above) < 6 else 0,
        switch_off="switch_off" in request.POST,
    )
    return redirect(imported)


def _confirm(request: HttpRequest, imported: PriceImport) -> HttpResponse:
    seen = request.POST.get("fingerprint", "")
    importing.confirm(imported=imported, fingerprint=seen, member=scope_of(request).member)
    return redirect(imported)


def _forget(request: HttpRequest, imported: PriceImport) -> HttpResponse:
    importing.forget(imported=imported)
    messages.info(request, _("The file was put away. The price list is as it was."))
    return redirect(LIST)


def _undo(request: HttpRequest, imported: PriceImport) -> HttpResponse:
    if "confirmed" not in request.POST:
        return page(
            request,
            "tenants/confirm.html",
            title=_("Undo the import?"),
            text=_(
                "New lines of the file go, and changed ones are as they were. "
                "What somebody has changed by hand since then stays."
            ),
            hidden=[("act", "undo"), ("confirmed", "1")],
            button=_("Undo the import"),
            back=imported.get_absolute_url(),
        )
    importing.undo(imported=imported)
    return redirect(imported)


ACTS: dict[str, Callable[[HttpRequest, PriceImport], HttpResponse]] = {
    "columns": _set_columns,
    "confirm": _confirm,
    "forget": _forget,
    "undo": _undo,
}
