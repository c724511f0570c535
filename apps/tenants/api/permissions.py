"""Whether the asker belongs to a tenant and has the role for this view."""

from collections.abc import Collection
from typing import Any

from django.core.exceptions import PermissionDenied
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from apps.tenants.models import ApiKey, Role, Tenant
from apps.tenants.scope import ADMIN_ONLY, find_scope, scope_of


class InTenant(BasePermission):
    """A live key, or a signed-in member in one of the view's `roles` (administrators unless it says)."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if isinstance(request.auth, ApiKey):
            return True
        roles: Collection[Role] = getattr(view, "roles", ADMIN_ONLY)
        scope = find_scope(request)
        return scope is not None and scope.may(*roles)


def tenant_of(request: Request) -> Tenant:
    """Whose data this request is about. A superuser's session belongs to no tenant: PermissionDenied."""
    if isinstance(request.auth, ApiKey):
        return request.auth.tenant
    tenant = scope_of(request).tenant
    if tenant is None:
        raise PermissionDenied
    return tenant
