"""A channel's own settings; it is made and removed with its connection."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action

from apps.channels.admin import history
from apps.channels.models import Channel
from apps.channels.registering import webhook_url
from apps.channels.resolving import messenger
from apps.integrations.registry import connector_name
from apps.tenants.scoped_admin import ADMIN_ONLY, NOBODY, TenantAdmin


@admin.register(Channel)
class ChannelAdmin(TenantAdmin):
    change_form_outer_after_template = "channels/history.html"
    actions_detail = ("ai_by_itself",)
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

    def get_urls(self) -> list[URLPattern]:
        verbs = {
            "state": history.state,
            "start": history.start,
            "stop": history.stop,
            "resume": history.resume,
        }
        own = [
            path(f"<path:object_id>/bring/{name}/", self._about(verb), name=f"channels_channel_bring_{name}")
            for name, verb in verbs.items()
        ]
        return [*own, *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        channel = self.get_object(request, unquote(object_id))
        bringing = history.context_of(channel) if channel else None
        context = {**(extra_context or {}), "bringing": bringing}
        return super().change_view(request, object_id, form_url, context)  # type: ignore[no-any-return]

    def _about(self, verb: Callable[[HttpRequest, Channel], HttpResponse]) -> Callable[..., HttpResponse]:
        """The door has made sure that the channel is one of the visitor's own."""

        def view(request: HttpRequest, object_id: str) -> HttpResponse:
            channel: Any = self.get_object(request, unquote(object_id))
            return verb(request, channel)

        return view

    @action(description=_("Replies by the AI itself"), url_path="ai-by-itself", permissions=["ai_by_itself"])
    def ai_by_itself(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Its page belongs to a higher floor; it finds or makes the channel's row."""
        return redirect(f"{reverse('admin:appeals_autosending_of_channel')}?channel={object_id}")

    def has_ai_by_itself_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
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
