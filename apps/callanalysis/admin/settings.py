"""How an organisation wants its calls analysed: one row, which is made when it is first saved."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from simple_history.admin import SimpleHistoryAdmin

from apps.callanalysis.models import AnalysisSettings
from apps.tenants.scope import scope_of
from apps.tenants.scoped_admin import ADMIN_ONLY, NOBODY, TenantAdmin


@admin.register(AnalysisSettings)
class AnalysisSettingsAdmin(SimpleHistoryAdmin, TenantAdmin):
    view_roles = edit_roles = ADMIN_ONLY
    delete_roles = NOBODY
    list_display = ("__str__", "least_seconds", "language", "manager_side", "keep_audio_days")
    list_select_related = ("tenant",)
    fields = ("least_seconds", "language", "manager_side", "keep_audio_days")

    def has_add_permission(self, request: HttpRequest) -> bool:
        if not super().has_add_permission(request):
            return False
        scope = scope_of(request)
        return scope.is_superuser or not AnalysisSettings.objects.filter(tenant=scope.tenant).exists()

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """There is one to choose from, unless one sees all organisations."""
        if scope_of(request).is_superuser:
            return super().changelist_view(request, extra_context)  # type: ignore[no-any-return]
        own = self.get_queryset(request).first()
        if own is None:
            return redirect("admin:callanalysis_analysissettings_add")
        return redirect("admin:callanalysis_analysissettings_change", own.pk)
