"""The last month of what other systems asked: one row a request, for whoever sets up the CRM's side."""

from datetime import timedelta

from django.utils import timezone

from apps.callanalysis.models import ApiRequest
from apps.core.text import clean
from apps.tenants.models import Tenant

KEPT = timedelta(days=30)


def note_request(
    *,
    tenant_id: int,
    key_name: str,
    route: str,
    status: int,
    code: str,
    milliseconds: int,
    call_id: str = "",
) -> None:
    """`key_name` is whoever tried it from the admin, where no key was used."""
    ApiRequest.objects.create(
        tenant_id=tenant_id,
        key_name=key_name[:100],
        route=route[:80],
        status=status,
        code=code[:64],
        milliseconds=milliseconds,
        call_id=clean(call_id, limit=200),
    )


def recent(tenant: Tenant, *, most: int = 50) -> list[ApiRequest]:
    """The latest first."""
    return list(ApiRequest.objects.filter(tenant=tenant)[:most])


def sweep() -> None:
    ApiRequest.objects.filter(at__lt=timezone.now() - KEPT).delete()
