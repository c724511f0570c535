"""Employees: an account and a role in one form, and help for a forgotten password or a lost phone."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables
from simple_history.admin import SimpleHistoryAdmin
from unfold.decorators import action
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminTextInputWidget

from apps.tenants import membership
from apps.tenants.models import Member, Role
from apps.tenants.scope import scope_of
from apps.tenants.scoped_admin import TenantAdmin, page
from apps.tenants.scoped_forms import TenantForm
from apps.tenants.second_factor import second_factor
from apps.tenants.switching import switch_tenant

NEW_PASSWORD = {"autocomplete": "new-password"}


class NewMemberForm(TenantForm):
    """`by_superuser` may also take an existing account into another organisation; its password stays."""

    by_superuser: ClassVar[bool] = False

    username = forms.CharField(
        label=_("User name"),
        max_length=150,
        validators=[User.username_validator],
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
    )
    password = forms.CharField(
        label=_("Password"), strip=False, required=False, widget=UnfoldAdminPasswordWidget(attrs=NEW_PASSWORD)
    )

    class Meta:
        model = Member
        fields = ("name", "role", "team")

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        account = User.objects.filter(username=User.normalize_username(values.get("username", ""))).first()
        if account is None:
            self._check_password(values)
        elif not self.by_superuser:
            self.add_error("username", _("This user name is taken. Choose another one."))
        elif Member.objects.filter(user=account, tenant=self._owner(values)).exists():
            self.add_error("username", _("This person already works here."))
        return values

    def _check_password(self, values: dict[str, Any]) -> None:
        try:
            if not values.get("password"):
                raise ValidationError(_("A new account needs a password."))
            validate_password(values["password"], User(username=values.get("username", "")))
        except ValidationError as error:
            self.add_error("password", error)


class MemberForm(TenantForm):
    class Meta:
        model = Member
        fields = ("name", "role", "team")

    def clean_role(self) -> str:
        """The page saves in the same transaction: nobody else can leave between question and answer."""
        role = str(self.cleaned_data["role"])
        if role != Role.ADMIN:
            try:
                membership.keep_an_administrator(self.instance)
            except membership.LastAdministrator as error:
                raise ValidationError(error.public) from None
        return role


class PasswordForm(forms.Form):
    password = forms.CharField(
        label=_("New password"), strip=False, widget=UnfoldAdminPasswordWidget(attrs=NEW_PASSWORD)
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_password(self) -> str:
        password = str(self.cleaned_data["password"])
        validate_password(password, self.user)
        return password


@admin.register(Member)
class MemberPage(SimpleHistoryAdmin, TenantAdmin):
    form = MemberForm
    list_display = ("name", "account", "role", "team", "created_at")
    list_filter = ("role", "team")
    list_select_related = ("user", "tenant", "team")
    search_fields = ("name", "user__username")
    actions_detail = ("reset_password", "reset_second_factor")

    @admin.display(description=_("User name"), ordering="user__username")
    def account(self, member: Member) -> str:
        # Not the key itself: it would be a link to a page that only the superuser may open.
        return member.user.get_username()

    @property
    def urls(self) -> list[URLPattern]:
        """One's own account first: it is open to every role, and this page to administrators."""
        own = [
            path("own/second-factor/", second_factor, name="second_factor"),
            path("own/organisation/", switch_tenant, name="switch_tenant"),
        ]
        return [*own, *super().urls]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        fields = (
            ("name", "account", "role", "team") if obj else ("username", "password", "name", "role", "team")
        )
        return self._with_tenant(request, [(None, {"fields": fields})])

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        names = super().get_readonly_fields(request, obj)
        return [*names, "account"] if obj else names

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is None:
            by = {"by_superuser": scope_of(request).is_superuser}
            kwargs["form"] = type("NewMemberForm", (NewMemberForm,), by)
        return super().get_form(request, obj, change=change, **kwargs)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        # One by one, so that the last administrator is noticed.
        return {
            name: entry for name, entry in super().get_actions(request).items() if name != "delete_selected"
        }

    @sensitive_variables()
    def save_model(self, request: HttpRequest, obj: Member, form: Any, change: bool) -> None:
        if change:
            return super().save_model(request, obj, form, change)
        values = form.cleaned_data
        made = membership.add_member(
            tenant=obj.tenant,
            username=values["username"],
            password=values["password"] or None,
            role=Role(obj.role),
            name=obj.name,
            team=obj.team,
            new_account=not scope_of(request).is_superuser,
        )
        obj.pk, obj.user = made.pk, made.user
        return None

    def delete_model(self, request: HttpRequest, obj: Member) -> None:
        membership.remove_member(member=obj)

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> Any:
        try:
            return super().delete_view(request, object_id, extra_context)
        except membership.LastAdministrator as error:
            messages.error(request, error.public)
            return redirect("admin:tenants_member_change", object_id)

    def has_reset_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        member = self.get_object(request, str(object_id)) if object_id else None
        return (
            member is not None
            and self.has_change_permission(request, member)
            and membership.is_own_account(member)
        )

    @action(description=_("New password"), permissions=["reset"], icon="lock_reset")
    @sensitive_variables()
    def reset_password(self, request: HttpRequest, object_id: str) -> HttpResponse:
        member = self._member(request, object_id)
        form = PasswordForm(request.POST or None, user=member.user)
        if form.is_valid():
            membership.reset_password(member=member, password=form.cleaned_data["password"])
            messages.success(request, _("The password is changed, and their open sessions are ended."))
            return redirect("admin:tenants_member_change", member.pk)
        title = _("New password for %(name)s") % {"name": member.name}
        return page(request, "tenants/confirm.html", title=title, form=form, button=_("Change"))

    @action(description=_("Turn off second factor"), permissions=["reset"], icon="phonelink_erase")
    def reset_second_factor(self, request: HttpRequest, object_id: str) -> HttpResponse:
        member = self._member(request, object_id)
        if request.method == "POST":
            membership.reset_second_factor(member=member)
            messages.success(request, _("The second factor is off."))
            return redirect("admin:tenants_member_change", member.pk)
        text = _("For a lost phone: %(name)s will sign in with the password alone.") % {"name": member.name}
        return page(
            request,
            "tenants/confirm.html",
            title=_("Turn off second factor"),
            text=text,
            button=_("Turn off"),
        )

    def _member(self, request: HttpRequest, object_id: str) -> Member:
        member: Member | None = self.get_object(request, object_id)
        if member is None:
            raise PermissionDenied
        return member
