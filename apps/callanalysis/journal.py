"""The last month of what other systems asked: one row a request, for whoever sets up the CRM's side."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.utils import timezone

from apps.callanalysis.models import ApiRequest
from apps.core.text import clean
from apps.tenants.models import Tenant

KEPT = timedelta(days=30)
# Of an answer: so many of the fields that were wrong, and of each so many characters.
MOST_FIELDS, MOST_SAID = 20, 300


def note_request(
    *,
    tenant_id: int,
    key_name: str,
    route: str,
    status: int,
    answer: Mapping[str, Any],
    milliseconds: int,
    call_id: str = "",
) -> None:
    """`key_name` is whoever tried it from the admin, where no key was used; `answer` is the answer's body."""
    ApiRequest.objects.create(
        tenant_id=tenant_id,
        key_name=key_name[:100],
        route=route[:80],
        status=status,
        code=str(answer.get("code") or answer.get("status") or "")[:64],
        said=_said(answer),
        milliseconds=milliseconds,
        call_id=clean(call_id, limit=200),
    )


def _said(answer: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Of what was taken or refused; what was only read is the call's, and stands on its page."""
    if "message" not in answer:
        return []
    wrong: Mapping[str, Sequence[str]] = answer.get("errors") or {}
    told = [("", str(answer["message"])), *((name, " ".join(texts)) for name, texts in wrong.items())]
    return [(clean(name, limit=100), clean(text, limit=MOST_SAID)) for name, text in told[: MOST_FIELDS + 1]]


def recent(tenant: Tenant, *, most: int = 50) -> list[ApiRequest]:
    """The latest first."""
    return list(ApiRequest.objects.filter(tenant=tenant)[:most])


def sweep() -> None:
    ApiRequest.objects.filter(at__lt=timezone.now() - KEPT).delete()
