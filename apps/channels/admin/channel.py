"""A channel's own settings; it is made and removed with its connection."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action

from apps.channels.backfill import with_history
from apps.channels.models import Channel
from apps.channels.registering import webhook_url
from apps.channels.resolving import messenger
from apps.integrations.registry import connector_name
from apps.tenants.scoped_admin import ADMIN_ONLY, NOBODY, TenantAdmin


@admin.register(Channel)
class ChannelAdmin(TenantAdmin):
    actions_detail = ("bring_history",)
    view_roles = edit_roles = ADMIN_ONLY
    add_roles = delete_roles = NOBODY
    list_display = ("name", "messenger", "connection", "is_active", "created_at")
    list_filter = ("is_active",)
    list_select_related = ("connection", "tenant")
    search_fields = ("name", "key")
    fields = (
        "name",
        "key",
        "connection",
        "address",
        "batch_window_seconds",
        "undo_seconds",
        "shows_reading",
        "silence_muted_until",
        "is_active",
    )
    readonly_fields = ("key", "connection", "address")

    @action(description=_("Bring earlier messages"), url_path="bring-history", permissions=["bring_history"])
    def bring_history(self, request: HttpRequest, object_id: str) -> HttpResponse:
        channel = self.get_object(request, object_id)
        slug = channel.connection.connector if channel else ""
        if slug not in with_history():
            sentence = _("%(name)s does not hand out what was said before.")
            messages.warning(request, sentence % {"name": connector_name(slug)})
            return redirect("admin:channels_channel_change", object_id)
        return redirect(f"{reverse('admin:channels_backfill_add')}?channel={object_id}")

    def has_bring_history_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return bool(self.has_change_permission(request))

    @admin.display(description=_("integration"))
    def messenger(self, channel: Channel) -> str:
        return connector_name(channel.connection.connector)

    @admin.display(description=_("webhook address"))
    def address(self, channel: Channel) -> SafeString | str:
        module = messenger(channel.connection.connector)
        if module is None or not getattr(module, "HAS_WEBHOOK", True):
            return "–"
        return format_html(
            '<span class="bc-secret"><code id="webhook-address">{}</code>'
            '<button type="button" class="text-link underline" data-copy="#webhook-address">{}</button>'
            "</span>",
            webhook_url(channel),
            _("Copy"),
        )
