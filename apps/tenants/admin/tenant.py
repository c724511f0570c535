"""The organisation's own settings."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import redirect
from django.urls import URLPattern, path
from simple_history.admin import SimpleHistoryAdmin

from apps.tenants.admin.hours import hours
from apps.tenants.membership import retire
from apps.tenants.models import Member, Tenant
from apps.tenants.scope import scope_of
from apps.tenants.scoped_admin import SUPERUSER_ONLY, TenantAdmin
from apps.tenants.trouble_admin import trouble


@admin.register(Tenant)
class TenantPage(SimpleHistoryAdmin, TenantAdmin):
    add_roles = SUPERUSER_ONLY
    delete_roles = SUPERUSER_ONLY
    list_display = ("name", "slug", "timezone", "language", "created_at")
    search_fields = ("name", "slug")
    fields = (
        "name",
        "slug",
        "timezone",
        "language",
        "batch_window_seconds",
        "undo_seconds",
        "ai_monthly_cap_usd",
        "claims_on_reply",
        "reopen_days",
        "refusal_reasons",
        "campaigns_need_consent",
        "operators_see",
        "operators_phones",
        "heads_phones",
    )

    def get_urls(self) -> list[URLPattern]:
        own = [
            path("trouble/", trouble, name="tenants_trouble"),
            path("hours/", hours, name="tenants_hours"),
        ]
        return [*own, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """Nobody needs a list of one."""
        own = scope_of(request).tenant
        if own is not None:
            return redirect("admin:tenants_tenant_change", own.pk)
        return super().changelist_view(request, extra_context)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        names = super().get_readonly_fields(request, obj)
        # Files and addresses name the tenant by it.
        return names if obj is None else [*names, "slug"]

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> tuple[Any, Any, Any, Any]:
        """Counts by kind: a list of everything a company ever did would fit on no page."""
        tenants = [tenant.pk for tenant in objs]
        counts = {}
        for relation in Tenant._meta.related_objects:
            model = relation.related_model
            found = model._default_manager.filter(**{f"{relation.field.name}__in": tenants}).count()
            if found:
                counts[str(model._meta.verbose_name_plural)] = found
        return [str(tenant) for tenant in objs], counts, set(), []

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        self.delete_queryset(request, Tenant.objects.filter(pk=obj.pk))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        users = list(Member.objects.filter(tenant__in=queryset).values_list("user_id", flat=True))
        queryset.delete()
        retire(users)
