"""The action log: read only."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.integrations.models import ActionLog
from apps.tenants.scoped_admin import ADMIN_ONLY, NOBODY, TenantAdmin


class Outcome(admin.SimpleListFilter):
    """Two fixed choices: offering every code there is would read the whole log for each page."""

    title = _("outcome")
    parameter_name = "outcome"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [("failed", gettext("failed")), ("went_well", gettext("went well"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[ActionLog]) -> QuerySet[ActionLog]:
        if self.value() == "failed":
            return queryset.exclude(error_code="")
        return queryset.filter(error_code="") if self.value() == "went_well" else queryset


@admin.register(ActionLog)
class ActionLogAdmin(TenantAdmin):
    view_roles = ADMIN_ONLY
    edit_roles = delete_roles = NOBODY
    list_display = ("at", "connection", "method", "host", "path", "status", "milliseconds", "error_code")
    list_filter = ("connection", Outcome)
    search_fields = ("host", "path", "error_code")
    list_select_related = ("connection", "tenant")
    show_full_result_count = False
