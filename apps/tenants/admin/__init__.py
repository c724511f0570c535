"""The admin pages of tenants, members and keys; and what other packages registered, taken in hand."""

from apps.tenants.admin import api_key, member, tenant, users

__all__ = ["api_key", "member", "tenant", "users"]
