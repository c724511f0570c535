"""Every call to a model, read only, with the sums of what is filtered."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from apps.ai.asking import ASKED, INTERNAL, spent_this_month
from apps.ai.contract import Ending
from apps.ai.models import ModelCall
from apps.tenants.period_filter import PeriodFilter
from apps.tenants.scope import scope_of
from apps.tenants.scoped_admin import ADMIN_ONLY, NOBODY, TenantAdmin

OUTCOMES = {
    Ending.COMPLETE: _("answered"),
    Ending.TRUNCATED: _("cut off"),
    Ending.REFUSED: _("declined"),
    Ending.NO_TOOL: _("answered otherwise"),
    Ending.INVALID: _("made no sense"),
    ASKED: _("no answer kept"),
    INTERNAL: _("our own error"),
}


@admin.register(ModelCall)
class ModelCallAdmin(TenantAdmin):
    view_roles = ADMIN_ONLY
    edit_roles = delete_roles = NOBODY
    list_display = (
        "at",
        "purpose",
        "model",
        "shown_outcome",
        "input_tokens",
        "output_tokens",
        "cost_usd",
        "milliseconds",
    )
    list_filter = ("purpose", "model", "outcome", "connection", ("at", PeriodFilter))
    list_filter_submit = True
    list_select_related = ("connection", "tenant")
    search_fields = ("=request_id",)
    search_help_text = _("Request id")
    show_full_result_count = False
    list_before_template = "ai/sums.html"

    @display(description=_("outcome"), ordering="outcome")
    def shown_outcome(self, call: ModelCall) -> Any:
        return OUTCOMES.get(call.outcome, call.outcome)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        tenant = scope_of(request).tenant
        month = {"spent": spent_this_month(tenant), "cap": tenant.ai_monthly_cap_usd} if tenant else None
        answer = super().changelist_view(request, {**(extra_context or {}), "month": month})
        context: dict[str, Any] = getattr(answer, "context_data", None) or {}
        if "cl" in context:  # a redirect has none
            context["sums"] = sums_of(context["cl"].queryset)
        return answer  # type: ignore[no-any-return]


def sums_of(calls: QuerySet[ModelCall]) -> dict[str, Any]:
    """The list's pages are cut from the same rows, so the heading speaks of all of them."""
    return calls.order_by().aggregate(
        count=Count("pk"),
        input_tokens=Sum("input_tokens", default=0),
        output_tokens=Sum("output_tokens", default=0),
        cost=Sum("cost_usd", default=0),
    )
