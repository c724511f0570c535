"""What every method of the API of calls has: a key, so many requests a minute, and a line in the journal."""

import time
from typing import Any

from rest_framework.exceptions import Throttled
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.callanalysis.api.answers import SAID
from apps.callanalysis.api.bodies import Json, check_size
from apps.callanalysis.journal import note_request
from apps.core import bucket
from apps.tenants.api import ApiKeyAuthentication
from apps.tenants.models import ApiKey

PER_MINUTE = 60
MINUTE = 60
# Grows by nothing within its minute, after which nobody asks for it any more.
_STILL = 1e-6


class TooOften(Throttled):
    """`wait`, in seconds, is told in its header alone: in the text it would be in English."""

    def __init__(self, *, wait: float) -> None:
        super().__init__(detail=str(SAID[429]))
        self.wait = wait


class CallApi(APIView):
    """Of a key alone: a session opens nothing here. `call_id` is what it is about, for the journal."""

    authentication_classes = (ApiKeyAuthentication,)
    parser_classes: Any = (Json, FormParser, MultiPartParser)
    most_bytes = 1024 * 1024
    route = ""
    call_id = ""

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        started = time.monotonic()
        answer = super().dispatch(request, *args, **kwargs)
        key = self.request.auth
        if isinstance(key, ApiKey):
            data = answer.data if isinstance(answer, Response) and isinstance(answer.data, dict) else {}
            note_request(
                tenant_id=key.tenant_id,
                key_name=key.name,
                route=f"{request.method} {self.route}",
                status=answer.status_code,
                answer=data,
                milliseconds=round((time.monotonic() - started) * 1000),
                call_id=self.call_id,
            )
        return answer

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        check_size(request, most=self.most_bytes)

    def check_throttles(self, request: Request) -> None:
        """So many in each minute of the clock, over all processes: what the CRM's author can count."""
        if not isinstance(request.auth, ApiKey):
            return
        minute, gone = divmod(time.time(), MINUTE)
        key = f"calls-api:{request.auth.pk}:{minute:.0f}"
        if bucket.take(key, rate=_STILL, burst=PER_MINUTE):
            raise TooOften(wait=max(1, MINUTE - gone))
