"""API keys: the value is on the screen once; after that its end, its last use, and «Revoke»."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables
from unfold.decorators import action

from apps.tenants.keys import issue_key, revoke_key
from apps.tenants.models import ApiKey
from apps.tenants.scoped_admin import NOBODY, TenantAdmin, page


@admin.register(ApiKey)
class ApiKeyPage(TenantAdmin):
    delete_roles = NOBODY
    list_display = ("name", "ending", "created_at", "issuer", "last_used_at", "is_usable")
    list_select_related = ("created_by", "tenant")
    search_fields = ("name",)
    actions_detail = ("revoke",)

    @admin.display(description=_("ends with"))
    def ending(self, key: ApiKey) -> str:
        return f"••••{key.last_four}"

    @admin.display(description=_("created by"), ordering="created_by")
    def issuer(self, key: ApiKey) -> str:
        return key.created_by.get_username() if key.created_by else ""

    @admin.display(description=_("valid"), boolean=True)
    def is_usable(self, key: ApiKey) -> bool:
        return key.is_live

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        seen = ("name", "ending", "created_at", "issuer", "last_used_at", "revoked_at") if obj else ("name",)
        return self._with_tenant(request, [(None, {"fields": seen})])

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        seen = ("ending", "created_at", "issuer", "last_used_at", "revoked_at")
        return [*super().get_readonly_fields(request, obj), *seen]

    @sensitive_variables()
    def save_model(self, request: HttpRequest, obj: ApiKey, form: Any, change: bool) -> None:
        if change:
            return super().save_model(request, obj, form, change)
        made, value = issue_key(tenant=obj.tenant, name=obj.name, user=request.user)  # type: ignore[arg-type]
        obj.pk, obj.last_four, obj.digest = made.pk, made.last_four, made.digest
        # Only for response_add, a few lines further in the same request.
        obj.value_once = value  # type: ignore[attr-defined]
        return None

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: str | None = None
    ) -> HttpResponse:
        """The answer to the form itself: the value is put into no session, message or address."""
        answer = page(
            request,
            "tenants/key_issued.html",
            title=_("API key %(name)s") % {"name": obj.name},
            value=obj.value_once,
        )
        add_never_cache_headers(answer)
        return answer

    def has_revoke_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        key = self.get_object(request, str(object_id)) if object_id else None
        return key is not None and key.is_live and self.has_change_permission(request, key)

    @action(description=_("Revoke"), permissions=["revoke"], icon="block")
    def revoke(self, request: HttpRequest, object_id: str) -> HttpResponse:
        key = self.get_object(request, object_id)
        if request.method == "POST":
            revoke_key(key=key)
            messages.success(request, _("The key is revoked: requests with it are refused from now on."))
            return redirect("admin:tenants_apikey_changelist")
        return page(
            request,
            "tenants/confirm.html",
            title=_("Revoke %(key)s?") % {"key": key},
            text=_("Whoever uses it is refused at once. It can't be taken back: issue a new key instead."),
            button=_("Revoke"),
        )
