"""What both sides have changed, side by side, and whose word is to count."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import DropdownFilter
from unfold.decorators import display

from apps.appeals.admin.reach import SeenAdmin
from apps.crm.conflicts import decide
from apps.crm.models import Conflict, Decision
from apps.crm.wording import field_title
from apps.tenants.scope import LEADERS, scope_of
from apps.tenants.scoped_admin import NOBODY, page


class DecidedFilter(DropdownFilter):
    title = gettext_lazy("decided")
    parameter_name = "decided"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("no", _("waits for a decision")), ("yes", _("decided"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Conflict]) -> QuerySet[Conflict]:
        match self.value():
            case "no":
                return queryset.filter(decision="")
            case "yes":
                return queryset.exclude(decision="")
            case _other:
                return queryset


@admin.register(Conflict)
class ConflictAdmin(SeenAdmin):
    conversation = "sync__appeal__conversation"
    view_roles = edit_roles = LEADERS
    add_roles = delete_roles = NOBODY
    list_display = ("found_at", "order", "shown_field", "ours", "theirs", "decision", "decided_by")
    list_display_links = ("found_at", "order")
    list_filter = (DecidedFilter, "sync__connection")
    list_filter_submit = True
    list_select_related = ("sync__connection", "sync__appeal", "decided_by", "tenant")
    list_disable_select_all = True
    actions = ()

    @display(description=gettext_lazy("order"))
    def order(self, conflict: Conflict) -> str:
        return f"{conflict.sync.connection} {conflict.sync}"

    @display(description=gettext_lazy("field"), ordering="field")
    def shown_field(self, conflict: Conflict) -> str:
        return field_title(conflict.sync.connection, conflict.field)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        conflict = self.get_object(request, object_id)
        if conflict is None:
            gone: HttpResponse = self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
            return gone
        if request.method == "POST":
            return self._decided(request, conflict)
        return page(
            request,
            "crm/conflict.html",
            title=_("Changed on both sides"),
            conflict=conflict,
            sync=conflict.sync,
            field=self.shown_field(conflict),
            back=reverse("admin:crm_conflict_changelist") + "?decided=no",
        )

    def _decided(self, request: HttpRequest, conflict: Conflict) -> HttpResponse:
        keep = request.POST.get("keep", "")
        if keep not in (Decision.OURS, Decision.THEIRS):
            messages.error(request, _("Choose whose word is to count."))
            return redirect("admin:crm_conflict_change", conflict.pk)
        member = scope_of(request).member
        remember = bool(request.POST.get("remember"))
        if decide(conflict=conflict, keep=Decision(keep), member=member, remember=remember):
            messages.success(request, _("Decided. What is to be sent is on its way."))
        else:
            messages.warning(request, _("A colleague has decided already."))
        return redirect(reverse("admin:crm_conflict_changelist") + "?decided=no")
