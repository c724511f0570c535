"""Teams: their names, and who is in them."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from simple_history.admin import SimpleHistoryAdmin
from unfold.decorators import display

from apps.tenants.models import Team
from apps.tenants.scoped_admin import TenantAdmin


@admin.register(Team)
class TeamPage(SimpleHistoryAdmin, TenantAdmin):
    """Who is in a team is set with the employee. A deleted team leaves its members without one."""

    list_display = ("name", "members_named", "size")
    search_fields = ("name",)
    fields = ("name", "members_named")
    readonly_fields = ("members_named",)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        # Nobody is in a team that is only being made.
        return self._with_tenant(request, [(None, {"fields": self.fields if obj else ("name",)})])

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request).prefetch_related("members")
        counted: QuerySet[Any] = rows.annotate(members_n=Count("members"))
        return counted

    @display(description=_("employees"))
    def members_named(self, team: Team) -> str:
        return ", ".join(member.name for member in team.members.all()) or str(_("nobody yet"))

    @display(description=_("how many"), ordering="members_n")
    def size(self, team: Any) -> int:
        return int(team.members_n)
