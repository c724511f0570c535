"""A request to `POST /calls` as an administrator tries it from the admin: the same way, the same answer."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass

from rest_framework.response import Response

from apps.callanalysis.api.calls import take
from apps.callanalysis.journal import note_request
from apps.tenants.api.errors import answer
from apps.tenants.models import Tenant

ROUTE = "POST /calls"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    status: int
    body: str
    milliseconds: int

    @property
    def is_good(self) -> bool:
        return self.status < 400


def try_call(*, tenant: Tenant, data: Mapping[str, str], who: str) -> Tried:
    """All but the key and the count of requests. Call it outside a transaction: the link is looked at."""
    started = time.monotonic()
    response = _response(tenant, data)
    milliseconds = round((time.monotonic() - started) * 1000)
    told = response.data
    note_request(
        tenant_id=tenant.pk,
        key_name=who,
        route=ROUTE,
        status=response.status_code,
        answer=told,
        milliseconds=milliseconds,
        call_id=data.get("call_id", ""),
    )
    body = json.dumps(told, ensure_ascii=False, indent=2, default=str)
    return Tried(status=response.status_code, body=body, milliseconds=milliseconds)


def _response(tenant: Tenant, data: Mapping[str, str]) -> Response:
    try:
        return take(tenant=tenant, data=data)
    except Exception as error:  # as the API's own door does with whatever comes up
        return answer(error, {})
