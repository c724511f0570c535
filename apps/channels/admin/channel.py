"""A channel's own settings; it is made and removed with its connection."""

from django.contrib import admin
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from apps.channels.models import Channel
from apps.channels.registering import webhook_url
from apps.channels.resolving import messenger
from apps.integrations.registry import connectors
from apps.tenants.scoped_admin import ADMIN_ONLY, NOBODY, TenantAdmin


@admin.register(Channel)
class ChannelAdmin(TenantAdmin):
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
        "shows_reading",
        "silence_muted_until",
        "is_active",
    )
    readonly_fields = ("key", "connection", "address")

    @admin.display(description=_("integration"))
    def messenger(self, channel: Channel) -> str:
        slug = channel.connection.connector
        found = connectors().get(slug)
        return str(found.SPEC.name) if found else slug

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
