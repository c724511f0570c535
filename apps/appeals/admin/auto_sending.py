"""Whether and when the AI answers by itself: a row for a channel, off until an administrator turns it on."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.translation import gettext_lazy as _
from simple_history.admin import SimpleHistoryAdmin
from unfold.decorators import display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from apps.ai.asking import ready
from apps.appeals.models import AutoSending
from apps.tenants.addresses import is_id
from apps.tenants.badges import Colours
from apps.tenants.hours import DAYS
from apps.tenants.scope import scope_of
from apps.tenants.scoped_admin import ADMIN_ONLY, TenantAdmin

CHOICES = tuple(zip(DAYS, WEEKDAYS_ABBR.values(), strict=True))


class AutoSendingForm(forms.ModelForm[AutoSending]):
    days = forms.MultipleChoiceField(
        label=_("Days of the week"),
        choices=CHOICES,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=_("On which the hours begin."),
    )

    class Meta:
        model = AutoSending
        fields = ("channel", "is_on", "days", "starts_at", "ends_at")
        help_texts = {
            "is_on": _("While it is off, every reply waits for an operator as a draft."),
            "starts_at": _("By the organisation's clock."),
            "ends_at": _("Earlier than the beginning: until the next morning. The same: all day round."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("starts_at", "ends_at"):
            self.fields[name].widget.format = "%H:%M"


@admin.register(AutoSending)
class AutoSendingAdmin(SimpleHistoryAdmin, TenantAdmin):
    view_roles = edit_roles = delete_roles = ADMIN_ONLY
    form = AutoSendingForm
    list_display = ("channel", "shown_state", "shown_days", "shown_hours")
    list_filter = ("is_on",)
    list_select_related = ("channel", "tenant")
    list_before_template = change_form_before_template = "appeals/auto_sending.html"
    fields = ("channel", "is_on", "days", "starts_at", "ends_at")

    @display(description=_("state"), ordering="is_on", label=Colours({True: "warning", False: "info"}))
    def shown_state(self, row: AutoSending) -> tuple[bool, Any]:
        return row.is_on, _("the AI answers by itself") if row.is_on else _("off: drafts only")

    @display(description=_("days of the week"))
    def shown_days(self, row: AutoSending) -> str:
        return ", ".join(str(name) for day, name in CHOICES if day in row.days)

    @display(description=_("hours of the AI"))
    def shown_hours(self, row: AutoSending) -> str:
        return f"{row.starts_at:%H:%M}–{row.ends_at:%H:%M}"

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        names = super().get_readonly_fields(request, obj)
        return [*names, "channel"] if obj is not None else names

    def save_model(self, request: HttpRequest, obj: AutoSending, form: Any, change: bool) -> None:
        """A channel's row is the channel's organisation's, whoever makes it."""
        if not change:
            obj.tenant_id = obj.channel.tenant_id
        super().save_model(request, obj, form, change)

    def get_urls(self) -> list[URLPattern]:
        own = path("of-channel/", self.of_channel, name="appeals_autosending_of_channel")
        return [own, *super().get_urls()]

    def of_channel(self, request: HttpRequest) -> HttpResponse:
        """From a channel's page: to the row that it has, or to a new one."""
        channel = request.GET.get("channel", "")
        rows = (
            self.get_queryset(request).filter(channel=channel)
            if is_id(channel)
            else AutoSending.objects.none()
        )
        if row := rows.first():
            return redirect("admin:appeals_autosending_change", row.pk)
        return redirect(
            f"{reverse('admin:appeals_autosending_add')}?channel={channel if is_id(channel) else ''}"
        )

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return super().changelist_view(request, {**(extra_context or {}), **_told(request)})  # type: ignore[no-any-return]

    def changeform_view(
        self, request: HttpRequest, object_id: Any = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        context = {**(extra_context or {}), **_told(request)}
        return super().changeform_view(request, object_id, form_url, context)


def _told(request: HttpRequest) -> dict[str, Any]:
    tenant = scope_of(request).tenant
    return {
        "lacks_ai": tenant is not None and ready(tenant) is None,
        "cards_url": reverse("admin:integrations_cards"),
    }
