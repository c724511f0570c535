"""The last month of what other systems asked: one row a request, for whoever sets up the CRM's side."""

from datetime import timedelta

from django.utils import timezone

from apps.callanalysis.models import ApiRequest
from apps.core.text import clean
from apps.tenants.models import ApiKey

KEPT = timedelta(days=30)


def note_request(
    *, key: ApiKey, route: str, status: int, code: str, milliseconds: int, call_id: str = ""
) -> None:
    ApiRequest.objects.create(
        tenant_id=key.tenant_id,
        key_name=key.name,
        route=route[:80],
        status=status,
        code=code[:64],
        milliseconds=milliseconds,
        call_id=clean(call_id, limit=200),
    )


def sweep() -> None:
    ApiRequest.objects.filter(at__lt=timezone.now() - KEPT).delete()
