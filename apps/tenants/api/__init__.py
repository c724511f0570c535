"""The API's only door to tenant rows: who asks, whether they may, and which rows there are for them."""

from apps.tenants.api.authentication import ApiKeyAuthentication
from apps.tenants.api.permissions import InTenant, tenant_of
from apps.tenants.api.scoped import TenantScoped

__all__ = ["ApiKeyAuthentication", "InTenant", "TenantScoped", "tenant_of"]
