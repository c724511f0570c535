"""Checklists and tables: which calls they take, what they ask in which version, and who is told."""

from collections.abc import Callable
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from simple_history.admin import SimpleHistoryAdmin
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextareaWidget

from apps.callanalysis.admin import later_page, questions_page, trial_page
from apps.callanalysis.admin.addresses import address
from apps.callanalysis.models import (
    Checklist,
    ChecklistVersion,
    Table,
    TableVersion,
)
from apps.callanalysis.publishing import draft_of, give_id, in_force
from apps.tenants.models import Role
from apps.tenants.scope import LEADERS, scope_of
from apps.tenants.scoped_admin import NOBODY, TenantAdmin

MOST_VERSIONS = 20

View = Callable[[HttpRequest, Any], HttpResponse]


class LinesField(forms.CharField):
    """A list of words, one a line."""

    widget = UnfoldAdminTextareaWidget

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, max_length=20_000, **kwargs)
        self.widget.attrs["rows"] = 3

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        lines = (line.strip() for line in str(value or "").splitlines())
        return [line[:200] for line in dict.fromkeys(filter(None, lines))]

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool((initial or []) != self.to_python(data))


class QuestionnaireForm(forms.ModelForm[Any]):
    class Meta:
        fields = (
            "name",
            "is_active",
            "for_calls",
            "for_chats",
            "offices",
            "deal_stages",
            "funnels",
            "webhook",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("deal_stages", "funnels"):
            if name in self.fields:
                known = self.fields[name]
                self.fields[name] = LinesField(label=known.label, help_text=known.help_text)


class _QuestionnaireAdmin(SimpleHistoryAdmin, TenantAdmin):
    """Never deleted: scorecards and rows are read by them. What is not wanted any more is switched off."""

    view_roles = edit_roles = LEADERS
    delete_roles = NOBODY
    form = QuestionnaireForm
    list_filter = ("is_active",)
    list_select_related = ("webhook", "tenant")
    autocomplete_fields = ("offices",)
    change_form_outer_after_template = "checklists/versions.html"

    class Media:
        css: ClassVar = {"all": ("admin_extra/hours.css", "checklists/checklists.css")}

    pages: ClassVar[dict[str, View]] = {"questions": questions_page.edit, "later": later_page.analyse}

    @display(description=_("in force"), ordering="version_number")
    def shown_version(self, owner: Any) -> str:
        return f"№{owner.version_number}" if owner.version_number else gettext("nothing yet")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        is_checklist = self.model is Checklist
        versions: Any = ChecklistVersion.objects if is_checklist else TableVersion.objects
        own = versions.filter(**{"checklist" if is_checklist else "table": OuterRef("pk")})
        newest = own.exclude(published_at=None).order_by("-number").values("number")[:1]
        return rows.annotate(version_number=Subquery(newest))  # type: ignore[no-any-return]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """Where results go outside is the administrators' to say."""
        names = super().get_readonly_fields(request, obj)
        return names if scope_of(request).may(Role.ADMIN) else [*names, "webhook"]

    def get_urls(self) -> list[URLPattern]:
        named = f"callanalysis_{self.opts.model_name}"
        own = [
            path(f"<path:object_id>/{name}/", self._page(view), name=f"{named}_{name}")
            for name, view in self.pages.items()
        ]
        return [*own, *super().get_urls()]

    def _page(self, view: View) -> Callable[..., HttpResponse]:
        """The door has made sure that the row is one of the visitor's own."""

        def opened(request: HttpRequest, object_id: str) -> HttpResponse:
            owner = self.get_object(request, object_id)
            if owner is None:
                raise Http404
            if not self.has_change_permission(request, owner):
                raise PermissionDenied
            return view(request, owner)

        return opened

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        owner = self.get_object(request, object_id)
        shown = versions_of(owner) if owner is not None else {}
        context = {**(extra_context or {}), **shown}
        return super().change_view(request, object_id, form_url, context)  # type: ignore[no-any-return]

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: Any = None) -> HttpResponse:
        """What it asks comes next."""
        super().response_add(request, obj, post_url_continue)
        return redirect(address(obj, "questions"))


@admin.register(Checklist)
class ChecklistAdmin(_QuestionnaireAdmin):
    list_before_template = "tenants/nothing_yet.html"
    nothing_yet = (
        _("No checklists yet."),
        _(
            "A checklist says what is to happen in a conversation, stage by stage: a greeting, the price, an "
            "offer. The AI judges every call by it, each mark with the words that prove it. Add one, write "
            "its stages, try it on past calls, and publish it."
        ),
    )
    list_display = ("name", "shown_version", "is_active", "for_calls", "for_chats", "webhook")
    search_fields = ("name",)
    search_help_text = _("Title")
    fields = (
        "name",
        "is_active",
        ("for_calls", "for_chats"),
        "webhook",
        "offices",
        ("deal_stages", "funnels"),
    )
    pages: ClassVar = {**_QuestionnaireAdmin.pages, "trial": trial_page.try_draft}


@admin.register(Table)
class TableAdmin(_QuestionnaireAdmin):
    list_before_template = "tenants/nothing_yet.html"
    nothing_yet = (
        _("No tables yet."),
        _(
            "A table asks every call the same questions: which device, which price, is there an agreement. "
            "Each column is one question with a type; the CRM asks for the answers by the table's id."
        ),
    )
    list_display = ("name", "public_id", "shown_version", "is_active", "for_calls", "for_chats", "webhook")
    search_fields = ("name", "public_id")
    search_help_text = _("Title or id")
    fields = (
        *("name", "public_id", "is_active", ("for_calls", "for_chats"), "webhook", "offices"),
        ("deal_stages", "funnels"),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return [*super().get_readonly_fields(request, obj), "public_id"]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if not change:
            give_id(obj)
        super().save_model(request, obj, form, change)


def versions_of(owner: Any) -> dict[str, Any]:
    versions = owner.versions.exclude(published_at=None).select_related("created_by")
    return {
        "now": in_force(owner),
        "draft": draft_of(owner),
        "versions": list(versions[:MOST_VERSIONS]),
        "is_checklist": isinstance(owner, Checklist),
        "questions_url": address(owner, "questions"),
        "later_url": address(owner, "later"),
    }
