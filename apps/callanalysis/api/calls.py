"""`POST /calls/audio-upload`, `POST /calls`, `GET /calls/{call_id}`."""

from collections.abc import Mapping
from typing import Any

from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.callanalysis.api.answers import KnownCallSerializer, ReportSerializer, TakenSerializer, errors, told
from apps.callanalysis.api.door import CallApi
from apps.callanalysis.api.serializers import CallSerializer
from apps.callanalysis.models import Call, CallOutcome
from apps.callanalysis.receiving import Known, Told, receive
from apps.callanalysis.reporting import report, state_of
from apps.tenants.api import tenant_of
from apps.tenants.api.errors import envelope
from apps.tenants.models import Tenant

BODIES = ("application/json", "multipart/form-data", "application/x-www-form-urlencoded")


class Calls(CallApi):
    @extend_schema(
        summary=gettext_lazy("Send a call to be analysed"),
        description=gettext_lazy(
            "By a link from which its recording can be fetched. The link is looked at while you wait, five "
            "seconds at most. What is too slow to tell is taken: how it ended tells GET /calls/{call_id}."
        ),
        request=dict.fromkeys(BODIES, CallSerializer),
        responses={
            200: TakenSerializer,
            **errors(400, 413, 415),
            409: told(KnownCallSerializer, 409),
        },
    )
    def post(self, request: Request) -> Response:
        data = request.data
        if isinstance(data, Mapping) and isinstance(data.get("call_id"), str | int):
            self.call_id = str(data["call_id"])
        return take(tenant=tenant_of(request), data=data)


class OneCall(CallApi):
    route = "/calls/{call_id}"

    @extend_schema(
        summary=gettext_lazy("How a call stands"),
        description=gettext_lazy("Its state and why, and what was said."),
        parameters=[OpenApiParameter("call_id", str, OpenApiParameter.PATH)],
        responses={200: ReportSerializer, **errors(404)},
    )
    def get(self, request: Request, call_id: str) -> Response:
        self.call_id = call_id
        if "\x00" in call_id or len(call_id) > 200:
            raise Http404
        rows = Call.objects.filter(tenant=tenant_of(request), external_id=call_id)
        call = rows.select_related("sales_manager").first()
        if call is None:
            raise Http404
        return Response(report(call))


def take(*, tenant: Tenant, data: Any) -> Response:
    """Raises what the API's exception handler makes answers of."""
    asked = CallSerializer(data=data)
    asked.is_valid(raise_exception=True)
    given = {name: value for name, value in asked.validated_data.items() if value is not None}
    seconds = given.pop("duration", None)
    try:
        call = receive(tenant=tenant, told=Told(**given, seconds=seconds))
    except Known as known:
        return _conflict(known.call)
    if call.outcome == CallOutcome.SKIPPED:
        return Response({"status": "skipped", "message": call.reason, "task_id": call.task_id})
    return Response(
        {
            "status": "success",
            "message": _("The call has been received and queued for analysis"),
            "task_id": call.task_id,
            "estimated_processing_time": _("5–15 minutes"),
        }
    )


def _conflict(call: Call) -> Response:
    message = _("A call with this call_id has been received already")
    return envelope(
        status=409, code="already_received", message=message, task_id=call.task_id, state=state_of(call)
    )
