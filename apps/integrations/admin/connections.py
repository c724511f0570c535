"""Addresses and permissions of the integrations pages; what they show and do is beside."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.views.decorators.http import require_POST

from apps.integrations.admin import pages
from apps.integrations.models import Connection
from apps.tenants.scoped_admin import ADMIN_ONLY, NOBODY, TenantAdmin


@admin.register(Connection)
class ConnectionAdmin(TenantAdmin):
    """The cards page stands at the list's address, a connection's own page at that of its change form."""

    view_roles = edit_roles = ADMIN_ONLY
    # Connected and disconnected through the verbs of `connecting`, never added or deleted by hand.
    add_roles = delete_roles = NOBODY
    search_fields = ("name", "key")

    def get_urls(self) -> list[URLPattern]:
        own = [
            path("", pages.cards, name="integrations_cards"),
            path("connect/<slug:slug>/", pages.connect_new, name="integrations_connect"),
            path("<path:object_id>/check/", self.check_view, name="integrations_check"),
            path("<path:object_id>/read/", self.read_view, name="integrations_read"),
            path("<path:object_id>/disconnect/", self.disconnect_view, name="integrations_disconnect"),
        ]
        return own + super().get_urls()  # type: ignore[no-any-return]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        connection = self.get_object(request, object_id)
        if connection is None:
            gone: HttpResponse = self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
            return gone
        return pages.one(request, connection)

    def check_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return require_POST(pages.check)(request, self.get_object(request, object_id))

    def read_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return require_POST(pages.mark_read)(request, self.get_object(request, object_id))

    def disconnect_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return pages.cut(request, self.get_object(request, object_id))
