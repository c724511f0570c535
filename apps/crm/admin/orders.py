"""Orders as a list with filters, and one of them with every attempt (`crm_sync_history`)."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from apps.appeals.admin.reach import SeenAdmin
from apps.core.models import State
from apps.core.phones import mask_phones
from apps.crm.models import OrderSync, SyncAttempt
from apps.crm.receiving import shown
from apps.integrations.registry import connector_name
from apps.tenants.badges import Colours
from apps.tenants.period_filter import PeriodFilter
from apps.tenants.scope import LEADERS
from apps.tenants.scoped_admin import NOBODY, TenantInline

COLOURS = Colours(
    {State.DONE: "success", State.FAILED: "danger", State.UNKNOWN: "warning", State.QUEUED: "info"}
)


class AttemptInline(TenantInline):
    model = SyncAttempt
    view_roles = LEADERS
    edit_roles = delete_roles = NOBODY
    fields = readonly_fields = (
        "synced_at",
        "step",
        "crm",
        "external_order_id",
        "sync_status",
        "shown_error",
    )
    max_num = 0
    hide_title = True
    verbose_name_plural = _("attempts")

    @display(description=_("CRM"))
    def crm(self, row: SyncAttempt) -> str:
        return connector_name(row.crm_type)

    @display(description=_("error"))
    def shown_error(self, row: SyncAttempt) -> str:
        return mask_phones(gettext(row.error_text)) if row.error_text else "—"


@admin.register(OrderSync)
class OrderSyncAdmin(SeenAdmin):
    """Sent and sent again beside the conversation, or from the page of what failed."""

    conversation = "appeal__conversation"
    list_before_template = "tenants/nothing_yet.html"
    nothing_yet = (
        _("No orders yet."),
        _(
            "Appeals that are agreed become orders in your CRM, every 15 minutes or at once by the button "
            "beside the conversation. For that an administrator connects it among the integrations and looks "
            "through the fields and statuses."
        ),
    )
    view_roles = LEADERS
    edit_roles = delete_roles = NOBODY
    list_display = (
        "created_at",
        "appeal",
        "connection",
        "number",
        "shown_state",
        "shown_status",
        "remote_at",
        "shown_error",
    )
    list_display_links = ("created_at", "appeal")
    list_filter = ("connection", "state", "status", ("created_at", PeriodFilter))
    list_filter_submit = True
    list_select_related = ("appeal", "connection", "tenant")
    list_disable_select_all = True
    search_fields = ("=appeal__id", "number", "external_order_id", "key")
    search_help_text = _("Number of the appeal or of the order")
    show_full_result_count = False
    inlines = (AttemptInline,)
    fields = (
        "desk_link",
        ("connection", "key"),
        "home",
        ("external_order_id", "number"),
        ("state", "items"),
        "shown_error",
        "status",
        ("remote_status", "remote_repair_status"),
        ("created_at", "asked_by"),
        ("made_at", "remote_at"),
        ("read_at", "gone_at"),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        names = ("desk_link", "shown_error")
        return [*super().get_readonly_fields(request, obj), *names]

    @display(description=_("state"), ordering="state", label=COLOURS)
    def shown_state(self, sync: OrderSync) -> tuple[str, str]:
        return sync.state, sync.get_state_display()

    @display(description=_("status"), ordering="status")
    def shown_status(self, sync: OrderSync) -> str:
        if sync.gone_at:
            return gettext("not in the CRM any more")
        return shown(sync.status or sync.remote_status, sync.remote_repair_status) or "—"

    @display(description=_("what hinders it"))
    def shown_error(self, sync: OrderSync) -> str:
        return mask_phones(gettext(sync.error_text)) if sync.error_text else "—"

    @display(description=_("conversation"))
    def desk_link(self, sync: OrderSync) -> SafeString:
        address = reverse("desk_conversation", args=[sync.appeal.conversation_id])
        said = _("Appeal %(number)s on the desk") % {"number": sync.appeal}
        return format_html('<a class="text-primary-600 underline" href="{}">{}</a>', address, said)
