"""The action log: read only."""

from django.contrib import admin

from apps.integrations.models import ActionLog
from apps.tenants.scoped_admin import ADMIN_ONLY, NOBODY, TenantAdmin


@admin.register(ActionLog)
class ActionLogAdmin(TenantAdmin):
    view_roles = ADMIN_ONLY
    edit_roles = delete_roles = NOBODY
    list_display = ("at", "connection", "method", "host", "path", "status", "milliseconds", "error_code")
    list_filter = ("connection", "status", "error_code")
    search_fields = ("host", "path", "error_code")
    date_hierarchy = "at"
    list_select_related = ("connection", "tenant")
    # The log is long: counting all of it for the heading would take longer than showing a page.
    show_full_result_count = False
