"""How an organisation wants its calls analysed: one row, which is made when it is first saved."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from simple_history.admin import SimpleHistoryAdmin

from apps.callanalysis.admin.connecting import connecting
from apps.callanalysis.models import AnalysisSettings
from apps.callanalysis.retaining import retention
from apps.tenants.scope import scope_of
from apps.tenants.scoped_admin import ADMIN_ONLY, NOBODY, TenantAdmin


@admin.register(AnalysisSettings)
class AnalysisSettingsAdmin(SimpleHistoryAdmin, TenantAdmin):
    view_roles = edit_roles = ADMIN_ONLY
    delete_roles = NOBODY
    list_display = ("__str__", "least_seconds", "language", "manager_side", "keep_audio_days", "deal_url")
    list_select_related = ("tenant",)
    change_form_outer_after_template = "callanalysis/retention.html"
    fields = ("least_seconds", "language", "manager_side", "keep_audio_days", "deal_url")

    def get_urls(self) -> list[URLPattern]:
        own = [path("connecting/", connecting, name="callanalysis_connecting")]
        return [*own, *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        own = self.get_object(request, unquote(object_id))
        told = {"retention": retention(own)} if own is not None else {}
        context = {**(extra_context or {}), **told}
        return super().change_view(request, object_id, form_url, context)  # type: ignore[no-any-return]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """There is one to choose from, unless one sees all organisations."""
        if scope_of(request).is_superuser:
            return super().changelist_view(request, extra_context)  # type: ignore[no-any-return]
        return self._to_own(request) or redirect("admin:callanalysis_analysissettings_add")

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Asked here, not in the permission: that one is asked for the menu of every page."""
        if not scope_of(request).is_superuser and (own := self._to_own(request)):
            return own
        return super().add_view(request, form_url, extra_context)  # type: ignore[no-any-return]

    def _to_own(self, request: HttpRequest) -> HttpResponse | None:
        own = self.get_queryset(request).first()
        return own and redirect("admin:callanalysis_analysissettings_change", own.pk)
