"""Offices and managers: mostly as the CRM sends them, and who of them signs in here."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from simple_history.admin import SimpleHistoryAdmin
from unfold.decorators import display

from apps.callanalysis.models import Office, SalesManager
from apps.callanalysis.seeing import seen_managers, seen_offices
from apps.tenants.scope import LEADERS, scope_of
from apps.tenants.scoped_admin import ADMIN_ONLY, NOBODY, TenantAdmin


@admin.register(SalesManager)
class SalesManagerAdmin(SimpleHistoryAdmin, TenantAdmin):
    """Never deleted by hand: calls hang on them."""

    view_roles = LEADERS
    edit_roles = ADMIN_ONLY
    delete_roles = NOBODY
    list_display = ("__str__", "external_id", "member")
    list_select_related = ("member__user", "tenant")
    search_fields = ("surname", "name", "middlename", "external_id")
    search_help_text = _("Name or id in the CRM")
    fields = ("external_id", "surname", "name", "middlename", "member")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        seen = seen_managers(scope_of(request)).order_by()
        return super().get_queryset(request).filter(pk__in=seen.values("pk"))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """The CRM knows nobody under another id."""
        names = super().get_readonly_fields(request, obj)
        return [*names, "external_id"] if obj is not None else names


@admin.register(Office)
class OfficeAdmin(SimpleHistoryAdmin, TenantAdmin):
    view_roles = LEADERS
    edit_roles = delete_roles = ADMIN_ONLY
    list_display = ("title", "external_id", "shown_managers", "shown_leaders")
    search_fields = ("title", "external_id")
    search_help_text = _("Title or id in the CRM")
    fields = ("external_id", "title", "leaders", "managers")
    autocomplete_fields = ("leaders", "managers")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        seen = seen_offices(scope_of(request)).order_by()
        rows = super().get_queryset(request).filter(pk__in=seen.values("pk"))
        counted: QuerySet[Any] = rows.annotate(
            managers_count=Count("managers", distinct=True), leaders_count=Count("leaders", distinct=True)
        )
        return counted

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        names = super().get_readonly_fields(request, obj)
        return [*names, "external_id"] if obj is not None else names

    @display(description=_("managers"), ordering="managers_count")
    def shown_managers(self, office: Any) -> int:
        return int(office.managers_count)

    @display(description=_("leaders"), ordering="leaders_count")
    def shown_leaders(self, office: Any) -> int:
        return int(office.leaders_count)
