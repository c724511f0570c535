"""Canned replies: leaders keep the organisation's, everybody their own."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldBooleanSwitchWidget

from apps.appeals.canned.filling import unknown_gaps
from apps.appeals.canned.offering import whose
from apps.appeals.models import CannedReply
from apps.tenants.models import Member
from apps.tenants.scope import EVERYONE, LEADERS, scope_of
from apps.tenants.scoped_admin import TenantAdmin
from apps.tenants.scoped_forms import TenantForm


class CannedReplyForm(TenantForm):
    """`visitor` is the member whose form it is; a superuser, who is none, chooses whose reply it is."""

    visitor: Member | None = None
    may_share = False

    is_mine = forms.BooleanField(
        label=_("For me alone"),
        required=False,
        widget=UnfoldBooleanSwitchWidget,
        help_text=_(
            "Off: everybody in the organisation is offered it. Only heads and administrators may do that."
        ),
    )

    class Meta:
        model = CannedReply
        fields = ("title", "shortcut", "folder", "text", "member", "channels")
        widgets: ClassVar[dict[str, Any]] = {"channels": UnfoldAdminCheckboxSelectMultipleWidget}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        mine = self.fields.get("is_mine")
        if mine is not None:
            mine.initial = self.instance.member_id is not None if self.instance.pk else not self.may_share
            mine.disabled = not self.may_share

    def _get_validation_exclusions(self) -> set[str]:
        # «Once» is meant among the replies of whoever it belongs to.
        return super()._get_validation_exclusions() - {"member"}

    def clean_shortcut(self) -> str:
        return str(self.cleaned_data["shortcut"]).casefold()

    def clean_text(self) -> str:
        text = str(self.cleaned_data["text"])
        if unknown := unknown_gaps(text):
            raise ValidationError(
                _("Nothing is known by these names: %(gaps)s. See the list above."),
                params={"gaps": ", ".join(unknown)},
            )
        return text

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if self.visitor is not None:
            self.instance.member = self.visitor if self.cleaned_data.get("is_mine") else None
        return cleaned


@admin.register(CannedReply)
class CannedReplyAdmin(TenantAdmin):
    view_roles = edit_roles = delete_roles = EVERYONE
    form = CannedReplyForm
    list_display = ("title", "shown_shortcut", "folder", "shown_whose", "used_count", "last_used_at")
    list_filter = ("folder", "channels")
    list_select_related = ("member", "tenant")
    search_fields = ("title", "shortcut", "folder", "text")
    search_help_text = _("Title, shortcut, folder or words of the text")
    list_before_template = "canned/list_help.html"
    list_disable_select_all = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """What others keep for themselves is theirs."""
        rows: QuerySet[Any] = super().get_queryset(request)
        scope = scope_of(request)
        return rows if scope.is_superuser else rows.filter(whose(scope.member))

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        owner = "member" if scope_of(request).is_superuser else "is_mine"
        fields = ["title", "shortcut", "folder", "text", owner, "channels"]
        help_text = _(
            "In the text {имя}, {телефон}, {устройство}, {работа}, {цена}, {обращение}, {сотрудник}, "
            "{организация}, {канал} and {приветствие} become what is known in the conversation; {{client}}, "
            "{{phone}}, {{device}}, {{repair}}, {{price}}, {{appeal}}, {{operator}}, {{organisation}}, "
            "{{channel}} and {{greeting}} are the same. After | stands what is written where nothing is "
            "known: {имя|клиент}."
        )
        return self._with_tenant(request, [(None, {"fields": fields, "description": help_text})])

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form: Any = super().get_form(request, obj, change=change, **kwargs)
        scope = scope_of(request)
        return type(form.__name__, (form,), {"visitor": scope.member, "may_share": scope.may(*LEADERS)})

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and self._may_touch(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and self._may_touch(request, obj)

    def _may_touch(self, request: HttpRequest, reply: CannedReply | None) -> bool:
        scope = scope_of(request)
        if reply is None or scope.is_superuser:
            return True
        return scope.may(*LEADERS) if reply.member_id is None else reply.member == scope.member

    @display(description=_("shortcut"), ordering="shortcut")
    def shown_shortcut(self, reply: CannedReply) -> str:
        return f"/{reply.shortcut}"

    @display(description=_("whose"), ordering="member")
    def shown_whose(self, reply: CannedReply) -> str:
        return reply.member.name if reply.member else str(_("the organisation’s"))
