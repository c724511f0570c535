"""Calls as a list, which is narrowed, searched and taken along as a file; each has a page of its own."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    StreamingHttpResponse,
)
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeNumericFilter
from unfold.decorators import display

from apps.appeals.admin.reach import MaskingAdmin
from apps.appeals.bulk.ordering import order_file
from apps.callanalysis.admin import list_files
from apps.callanalysis.admin.call_page import call_page, recording
from apps.callanalysis.admin.corrections import act
from apps.callanalysis.admin.figure_filters import CriticalFilter, JudgedFilter, KnownFilter, MarkFilter
from apps.callanalysis.admin.filters import (
    DealStageFilter,
    FunnelFilter,
    ManagerFilter,
    OfficeFilter,
    OutcomeFilter,
)
from apps.callanalysis.admin.report_page import report, report_file
from apps.callanalysis.exporting import MOST_IN_XLSX, csv_lines, is_too_many, xlsx_file
from apps.callanalysis.models import Call
from apps.callanalysis.searching import calls_with
from apps.callanalysis.seeing import only_seen
from apps.callanalysis.wording import clock
from apps.core.phones import mask_phones
from apps.core.spreadsheets import CSV, XLSX
from apps.core.text import clean
from apps.tenants.badges import badge
from apps.tenants.bounded_paginator import BoundedPaginator
from apps.tenants.period_filter import PeriodFilter
from apps.tenants.scope import EVERYONE, scope_of
from apps.tenants.scoped_admin import NOBODY

OUTCOME_COLOURS = {"analysed": "success", "failed": "danger", "unreadable": "danger"}


class _Calls(ChangeList):
    """What its heads don't offer the address doesn't get, either: 200 000 calls would be sorted for it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._addresses: dict[str, str] = {}
        super().__init__(*args, **kwargs)

    def get_query_string(self, new_params: Any = None, remove: Any = None) -> str:
        """Once for each: the heads are made again with every row."""
        key = repr((new_params, remove))
        if key not in self._addresses:
            self._addresses[key] = super().get_query_string(new_params, remove)
        return self._addresses[key]

    def get_ordering_field(self, field_name: Any) -> Any:
        return super().get_ordering_field(field_name) if field_name in (self.sortable_by or ()) else None


@admin.register(Call)
class CallAdmin(MaskingAdmin):
    """Everybody may open it; whose calls are in it is decided by `seeing`."""

    view_roles = EVERYONE
    edit_roles = delete_roles = NOBODY
    list_display = (
        "received_at",
        "external_id",
        "sales_manager",
        "deal_id",
        "shown_length",
        "stage",
        "shown_outcome",
    )
    list_display_links = ("external_id", "masked_id")
    # In whose order an index holds them. The others name a few values, and are filters; the deal is searched.
    sortable_by = ("received_at", "external_id", "masked_id", "shown_length")
    # Many a telephone exchange calls its calls by the phone.
    masked: ClassVar[dict[str, str]] = {"external_id": "masked_id"}
    phone_lookups = ("client_phone", "external_id")
    list_filter = (
        ("received_at", PeriodFilter),
        OfficeFilter,
        ManagerFilter,
        FunnelFilter,
        DealStageFilter,
        OutcomeFilter,
        ("stage", ChoicesDropdownFilter),
        ("seconds", RangeNumericFilter),
        *(JudgedFilter, CriticalFilter, MarkFilter, KnownFilter),
    )
    list_filter_submit = True
    list_select_related = ("sales_manager", "tenant")
    list_before_template = "callanalysis/list_files.html"
    nothing_yet = (
        _("No calls yet."),
        _(
            "Calls come from your CRM: an administrator connects it on the page «Connecting», where a first "
            "call can be sent by hand, too. Each is transcribed and judged by your checklists and tables."
        ),
    )
    list_disable_select_all = True
    # Nothing leads back from a call by them, and of each row they would be found out anew.
    preserve_filters = False
    # To draw them takes longer than to find them.
    list_per_page = 50
    paginator = BoundedPaginator
    # Only so that there is a box: `get_search_results` looks in words as well.
    search_fields = ("external_id",)
    search_help_text = _("Words of the conversation, id of the call or the deal")
    show_full_result_count = False

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return _Calls

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return only_seen(super().get_queryset(request), scope_of(request)).defer("link")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        query = clean(search_term, limit=200)
        if not query:
            return queryset, False
        tenant, is_whole = scope_of(request).tenant, self.masks(request)
        return queryset.filter(calls_with(query, tenant=tenant, only_whole_phones=is_whole)), False

    def get_urls(self) -> list[URLPattern]:
        own = [
            path("export/<str:form>/", self.export, name="callanalysis_call_export"),
            path("files/", self.files, name="callanalysis_call_files"),
            path("files/<int:pk>/", self.file, name="callanalysis_call_file"),
            path("report/", report, name="callanalysis_report"),
            path("report/<str:table>/<str:form>/", report_file, name="callanalysis_report_file"),
            path("<path:object_id>/recording/", self.recording, name="callanalysis_call_recording"),
            path(
                "<int:object_id>/correct/<str:what>/<int:pk>/", self.correct, name="callanalysis_call_correct"
            ),
        ]
        return [*own, *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        call = self.get_object(request, unquote(object_id))
        if call is None:
            gone: HttpResponse = self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
            return gone
        return call_page(request, call)

    def recording(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        return recording(request, self.get_object(request, unquote(object_id)))

    def correct(self, request: HttpRequest, object_id: int, what: str, pk: int) -> HttpResponseBase:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        call = self.get_object(request, str(object_id))
        if call is None:
            raise Http404
        back = reverse("admin:callanalysis_call_change", args=[call.pk])
        return act(request, call, what=what, pk=pk, back=back)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        files = {"files": list_files.recent(scope_of(request))}
        return super().changelist_view(request, {**(extra_context or {}), **files})

    def files(self, request: HttpRequest) -> HttpResponse:
        """Their lines alone: how far those are that are being made."""
        shown = {"files": list_files.recent(scope_of(request))}
        return TemplateResponse(request, "callanalysis/file_lines.html", shown)

    def file(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        return list_files.file(request, scope_of(request), pk)

    def export(self, request: HttpRequest, form: str) -> HttpResponseBase:
        """What the list's filters hold, as they stand in the address. A POST may order what takes longer."""
        if form not in ("csv", "xlsx"):
            raise Http404
        methods = ["GET", "POST"] if form == "xlsx" else ["GET"]
        if request.method not in methods:
            return HttpResponseNotAllowed(methods)
        calls = self.get_changelist_instance(request).get_queryset(request)
        tenant, phones = scope_of(request).tenant, scope_of(request).phones
        if form == "xlsx" and is_too_many(calls):
            return self._later(request)
        answer = (
            FileResponse(xlsx_file(calls, tenant=tenant, phones=phones), content_type=XLSX)
            if form == "xlsx"
            else StreamingHttpResponse(csv_lines(calls, tenant=tenant, phones=phones), content_type=CSV)
        )
        day = timezone.localdate().isoformat()
        answer["Content-Disposition"] = f'attachment; filename="calls-{day}.{form}"'
        return answer

    def _later(self, request: HttpRequest) -> HttpResponse:
        member, query = scope_of(request).member, request.GET.urlencode()
        if request.method == "POST" and member is not None:
            order_file(member=member, of=list_files.CALLS, query=query, form="xlsx")
        else:
            text = gettext("More than %(count)d calls fit into no workbook here: narrow them, or take CSV.")
            messages.warning(request, text % {"count": MOST_IN_XLSX})
        return redirect(f"{reverse('admin:callanalysis_call_changelist')}?{query}")

    @display(description=_("id in the CRM"), ordering="external_id")
    def masked_id(self, call: Call) -> str:
        return mask_phones(call.external_id)

    @display(description=_("length"), ordering="seconds")
    def shown_length(self, call: Call) -> str:
        seconds = call.declared_seconds if call.seconds is None else call.seconds
        return "—" if seconds is None else clock(seconds)

    @display(description=_("outcome"))
    def shown_outcome(self, call: Call) -> str:
        return badge(str(call.get_outcome_display()) or "—", OUTCOME_COLOURS.get(call.outcome))
