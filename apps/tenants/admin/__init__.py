"""The admin pages of tenants, members and keys; and what other packages registered, taken in hand."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from apps.tenants.admin import api_key, member, team, tenant, users

admin.site.index_title = _("Start page")

__all__ = ["api_key", "member", "team", "tenant", "users"]
