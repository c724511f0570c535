"""Accounts, for the superuser alone; and no pages for what packages registered and nobody should edit."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group, User
from django_otp.plugins.otp_totp.models import TOTPDevice
from django_q.models import Failure, OrmQ, Schedule, Success
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from apps.tenants.scoped_admin import SUPERUSER_ONLY, TenantAdmin

# Roles replace groups; a TOTP device's page shows its secret; the queue's rows are bells, not work
# (what failed is on the page of failed and unclear work).
for model in (User, Group, TOTPDevice, Schedule, Success, Failure, OrmQ):
    if admin.site.is_registered(model):
        admin.site.unregister(model)


@admin.register(User)
class UserPage(UserAdmin, TenantAdmin):  # type: ignore[misc]
    view_roles = SUPERUSER_ONLY
    edit_roles = SUPERUSER_ONLY
    delete_roles = SUPERUSER_ONLY
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "is_active", "is_staff", "is_superuser", "last_login")
    list_filter = ("is_superuser", "is_active")
    filter_horizontal = ()
    fieldsets = (
        (None, {"fields": ("username", "password", "first_name", "last_name", "email")}),
        (None, {"fields": ("is_active", "is_staff", "is_superuser", "last_login", "date_joined")}),
    )
    readonly_fields = ("last_login", "date_joined")
