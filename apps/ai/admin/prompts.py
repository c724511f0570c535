"""Prompts: what is in force, a new version by editing, every old one with its difference and a way back."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from apps.ai import wording
from apps.ai.admin.editing import edit_page
from apps.ai.comparing import compare
from apps.ai.models import PromptVersion, Purpose
from apps.ai.prompts import prompt_for, restore_prompt
from apps.tenants.models import Tenant
from apps.tenants.scope import scope_of
from apps.tenants.scoped_admin import ADMIN_ONLY, NOBODY, TenantAdmin

LIST = "admin:ai_promptversion_changelist"
MOST_TENANTS = 50  # on a superuser's page; the others are found by the filter of their versions


@admin.register(PromptVersion)
class PromptVersionAdmin(TenantAdmin):
    """Rows are never changed: editing and going back each make a new one."""

    view_roles = ADMIN_ONLY
    edit_roles = delete_roles = NOBODY
    list_display = ("version", "purpose", "in_force", "created_at", "created_by")
    list_filter = ("purpose",)
    list_select_related = ("tenant", "created_by")
    list_before_template = "ai/in_force.html"
    change_form_outer_after_template = "ai/difference.html"
    fields = readonly_fields = ("purpose", "number", "created_at", "created_by", "wording")

    @display(description=gettext_lazy("version"), ordering="number")
    def version(self, version: PromptVersion) -> str:
        return f"№{version.number}"

    @display(description=gettext_lazy("in force"), label=True)
    def in_force(self, version: PromptVersion) -> str:
        superseded: bool = version.superseded  # type: ignore[attr-defined]
        return "" if superseded else _("in force")

    @display(description=gettext_lazy("text"))
    def wording(self, version: PromptVersion) -> SafeString:
        return format_html('<div style="white-space: pre-line">{}</div>', version.text)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.annotate(superseded=Exists(_newer(OuterRef)))  # type: ignore[no-any-return]

    def get_urls(self) -> list[URLPattern]:
        own = [
            path("edit/<int:tenant_id>/<str:purpose>/", self.edit, name="ai_prompt_edit"),
            path("<path:object_id>/restore/", self.restore, name="ai_prompt_restore"),
        ]
        return [*own, *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context = {**(extra_context or {}), "prompts": prompts_in_force(request)}
        return super().changelist_view(request, context)  # type: ignore[no-any-return]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        version = self.get_object(request, unquote(object_id))
        context = {**(extra_context or {}), **(difference(version) if version else {})}
        return super().change_view(request, object_id, form_url, context)  # type: ignore[no-any-return]

    def edit(self, request: HttpRequest, tenant_id: int, purpose: str) -> HttpResponse:
        return edit_page(request, tenant_id=tenant_id, purpose=purpose)

    def restore(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The door has made sure that the row is one of the visitor's own."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        version: Any = self.get_object(request, unquote(object_id))
        restored = restore_prompt(version=version, user=scope_of(request).user)
        if restored is None:
            messages.info(request, _("This wording is in force already."))
        else:
            said = _("Version %(new)s is in force, with the wording of version %(old)s.")
            messages.success(request, said % {"new": restored.number, "old": version.number})
        return redirect(LIST)


def is_in_force(version: PromptVersion) -> bool:
    return not _newer(partial(getattr, version)).exists()


def _newer(value_of: Callable[[str], Any]) -> QuerySet[PromptVersion]:
    return PromptVersion.objects.filter(
        tenant_id=value_of("tenant_id"), purpose=value_of("purpose"), number__gt=value_of("number")
    )


def prompts_in_force(request: HttpRequest) -> list[dict[str, Any]]:
    scope = scope_of(request)
    tenants = [scope.tenant] if scope.tenant else Tenant.objects.all()[:MOST_TENANTS]
    return [
        {
            "tenant": None if scope.tenant else tenant,
            "purpose": purpose.label,
            "prompt": prompt_for(tenant=tenant, purpose=purpose),
            "url": reverse("admin:ai_prompt_edit", args=[tenant.pk, purpose.value]),
        }
        for tenant in tenants
        for purpose in Purpose
    ]


def difference(version: PromptVersion) -> dict[str, Any]:
    """What going back to an old version would change; or what the one in force changed in the one before."""
    purpose = Purpose(version.purpose)
    if not is_in_force(version):
        now = prompt_for(tenant=version.tenant, purpose=purpose)
        return {"lines": compare(now.text, version.text), "beside": now.number, "restorable": True}
    before = PromptVersion.objects.filter(
        tenant_id=version.tenant_id, purpose=version.purpose, number__lt=version.number
    ).first()
    text = before.text if before else wording.built_in(language=version.tenant.language, purpose=purpose)
    return {
        "lines": compare(text, version.text),
        "beside": before.number if before else 0,
        "restorable": False,
    }
