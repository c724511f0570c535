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

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request).prefetch_related("members")
        return rows.annotate(members_n=Count("members"))

    @display(description=_("employees"))
    def members_named(self, team: Team) -> str:
        if team.pk is None:
            return "–"
        return ", ".join(member.name for member in team.members.all()) or str(_("nobody yet"))

    @display(description=_("how many"), ordering="members_n")
    def size(self, team: Any) -> int:
        return int(team.members_n)
