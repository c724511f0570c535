"""Appeals as a list with filters; each opens on the desk."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from apps.appeals.admin.figure_filters import AnsweredInTime, IsOpen, ResolvedInTime
from apps.appeals.admin.reach import MaskingAdmin, SeenAdmin
from apps.appeals.admin.targets import targets
from apps.appeals.dashboard.page import export
from apps.appeals.dashboard.tiles import span
from apps.appeals.models import Appeal, AppealStatus
from apps.appeals.templatetags.desk import prefilled_label
from apps.core.phones import mask_phones
from apps.tenants.badges import Colours
from apps.tenants.period_filter import PeriodFilter
from apps.tenants.scope import EVERYONE
from apps.tenants.scoped_admin import NOBODY

STATUS_COLOURS = Colours(
    {
        AppealStatus.NEW: "info",
        AppealStatus.IN_PROGRESS: "warning",
        AppealStatus.AGREED: "success",
        AppealStatus.REJECTED: "danger",
    }
)


@admin.register(Appeal)
class AppealAdmin(MaskingAdmin, SeenAdmin):
    """Read here, changed on the desk: there a change is seen by everybody who looks at the conversation."""

    view_roles = EVERYONE
    edit_roles = NOBODY
    delete_roles = NOBODY
    list_display = (
        "number",
        "contact",
        "devices_named",
        "shown_status",
        "operator",
        "channel",
        "created_at",
        "answered_within",
        "settled_within",
    )
    list_filter = (
        "status",
        IsOpen,
        "operator",
        "channel",
        ("created_at", PeriodFilter),
        ("first_answer_at", PeriodFilter),
        ("closed_at", PeriodFilter),
        AnsweredInTime,
        ResolvedInTime,
    )
    masked: ClassVar[dict[str, str]] = {
        "contact": "masked_contact",
        "rejection_reason": "masked_reason",
        "prefilled_data": "masked_prefilled",
    }
    phone_searches = ("contact__name", "contact__phone")
    list_filter_submit = True
    list_select_related = ("contact", "operator", "channel", "tenant", "conversation", "times")
    search_fields = ("=id", "contact__name", "contact__phone", "devices__model", "messages__text")
    search_help_text = _("Number, client's name or phone, device, words of a message")
    date_hierarchy = None
    ordering = ("-created_at",)
    list_disable_select_all = True
    actions: ClassVar[list[Any]] = []
    readonly_fields = ("desk_link",)
    fields = (
        "desk_link",
        "contact",
        "channel",
        "status",
        "rejection_reason",
        "appeal_type",
        "operator",
        "ad_channel",
        "ad_id",
        "prefilled_data",
        "crm_status",
        "crm_repair_status",
        "created_at",
        "first_answer_at",
        "closed_at",
    )

    def get_urls(self) -> list[URLPattern]:
        own = [
            path("targets/", targets, name="appeals_targets"),
            path("figures/export/", export, name="appeals_figures_export"),
        ]
        return [*own, *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).prefetch_related("devices")

    @display(description=_("number"), ordering="id")
    def number(self, appeal: Appeal) -> str:
        return f"№{appeal.pk}"

    @display(description=_("client"), ordering="contact")
    def masked_contact(self, appeal: Appeal) -> str:
        return mask_phones(str(appeal.contact))

    @display(description=_("reason of the refusal"))
    def masked_reason(self, appeal: Appeal) -> str:
        return mask_phones(appeal.rejection_reason)

    @display(description=_("prefilled data"))
    def masked_prefilled(self, appeal: Appeal) -> str:
        told = (f"{prefilled_label(name)}: {value}" for name, value in appeal.prefilled_data.items())
        return mask_phones("; ".join(told))

    @display(description=_("devices"))
    def devices_named(self, appeal: Appeal) -> str:
        return ", ".join(str(device) for device in appeal.devices.all() if device.removed_at is None)

    @display(description=_("status"), ordering="status", label=STATUS_COLOURS)
    def shown_status(self, appeal: Appeal) -> tuple[str, str]:
        return appeal.status, appeal.get_status_display()

    @display(description=_("first answer"), ordering="times__answer_seconds")
    def answered_within(self, appeal: Appeal) -> str:
        """By working time, as the start page reckons it."""
        times = getattr(appeal, "times", None)
        return span(times.answer_seconds) if times and appeal.first_answer_at else "–"

    @display(description=_("settled within"), ordering="times__resolution_seconds")
    def settled_within(self, appeal: Appeal) -> str:
        times = getattr(appeal, "times", None)
        return span(times.resolution_seconds) if times and appeal.closed_at else "–"

    @display(description=_("conversation"))
    def desk_link(self, appeal: Appeal) -> SafeString:
        address = reverse("desk_conversation", args=[appeal.conversation_id])
        return format_html(
            '<a class="text-primary-600 underline" href="{}">{}</a>', address, _("Open on the desk")
        )
