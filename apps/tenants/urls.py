"""Pages of one's own account, under the admin's address and before its own routes."""

from django.urls import path

from apps.tenants.second_factor import second_factor
from apps.tenants.switching import switch_tenant

urlpatterns = [
    path("account/second-factor/", second_factor, name="second_factor"),
    path("account/organisation/", switch_tenant, name="switch_tenant"),
]
