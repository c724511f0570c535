"""Which tags appeals can have: named by heads and administrators, used by everybody."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from apps.appeals.models import Tag
from apps.tenants.scope import EVERYONE, LEADERS
from apps.tenants.scoped_admin import TenantAdmin


@admin.register(Tag)
class TagAdmin(TenantAdmin):
    view_roles = EVERYONE
    edit_roles = delete_roles = LEADERS
    list_display = ("name", "colour", "used")
    search_fields = ("name",)
    fields = ("name", "colour")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request).annotate(use_count=Count("uses"))
        return rows

    @admin.display(description=_("appeals with it"), ordering="use_count")
    def used(self, tag: Any) -> int:
        return int(tag.use_count)
