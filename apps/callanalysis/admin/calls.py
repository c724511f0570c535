"""Calls as a list and as a page: what the CRM told, how it stands and why, and what was said."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from apps.callanalysis.admin.filters import ManagerFilter, OfficeFilter
from apps.callanalysis.models import Call, Transcript
from apps.callanalysis.seeing import seen_calls
from apps.callanalysis.wording import why_not_fetched, why_not_heard
from apps.tenants.period_filter import PeriodFilter
from apps.tenants.scope import EVERYONE, scope_of
from apps.tenants.scoped_admin import NOBODY, TenantAdmin

SPEAKERS = {"manager": _("Manager"), "client": _("Client")}


@admin.register(Call)
class CallAdmin(TenantAdmin):
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
    list_display_links = ("external_id",)
    list_filter = (ManagerFilter, OfficeFilter, "stage", "outcome", ("received_at", PeriodFilter))
    list_filter_submit = True
    list_select_related = ("sales_manager", "tenant")
    search_fields = ("external_id", "deal_id")
    search_help_text = _("Id of the call or the deal")
    show_full_result_count = False
    fields = (
        "external_id",
        "task_id",
        "sales_manager",
        ("deal_id", "deal_stage_id"),
        ("stage_id", "stage_name"),
        ("received_at", "finished_at"),
        "shown_length",
        ("stage", "shown_outcome"),
        "reason",
        "remark",
        "shown_trouble",
        "shown_lines",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        seen = seen_calls(scope_of(request)).order_by()
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.filter(pk__in=seen.values("pk"))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        shown = ("shown_length", "shown_outcome", "shown_trouble", "shown_lines")
        return [*super().get_readonly_fields(request, obj), *shown]

    @display(description=_("length"), ordering="seconds")
    def shown_length(self, call: Call) -> str:
        seconds = call.declared_seconds if call.seconds is None else call.seconds
        return "—" if seconds is None else clock(seconds)

    @display(
        description=_("outcome"),
        ordering="outcome",
        label={"analysed": "success", "failed": "danger", "unreadable": "danger"},
    )
    def shown_outcome(self, call: Call) -> Any:
        return (call.outcome, call.get_outcome_display()) if call.outcome else "—"

    @display(description=_("what hinders it"))
    def shown_trouble(self, call: Call) -> str:
        """Also of a call that still waits: for the AI, for the CRM's server."""
        told = [why_not_fetched(call)] if call.error_code else []
        told += [why_not_heard(part) for part in call.parts.exclude(error_code="")]
        return "; ".join(dict.fromkeys(told)) or "—"

    @display(description=_("what was said"))
    def shown_lines(self, call: Call) -> str:
        transcript = Transcript.objects.filter(call=call).first()
        if transcript is None or not transcript.segments:
            return "—"
        return format_html(
            "<ol>{}</ol>", format_html_join("", "{}", ((line(one),) for one in transcript.segments))
        )


def line(segment: dict[str, Any]) -> SafeString:
    speaker = str(segment.get("speaker", ""))
    name = SPEAKERS.get(speaker) or (gettext("Voice %(name)s") % {"name": speaker} if speaker else "")
    return format_html(
        '<li class="mb-2"><span class="tabular-nums opacity-60">{}</span> <b>{}</b> {}</li>',
        clock(segment["start"]),
        name,
        segment["text"],
    )


def clock(seconds: float) -> str:
    """3:05, or 1:02:03."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
