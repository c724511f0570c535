"""`GET /tables/call-ready?tab=&call=`."""

from django.http import Http404
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.callanalysis.api.answers import ReadySerializer, errors
from apps.callanalysis.api.door import CallApi
from apps.callanalysis.readiness import find_readiness
from apps.tenants.api import tenant_of


class CallReady(CallApi):
    route = "/tables/call-ready"

    @extend_schema(
        summary=_("What a table has found in a call"),
        description=_("Its fields once they are there; until then why they are not."),
        parameters=[
            OpenApiParameter("tab", str, required=True),
            OpenApiParameter("call", str, required=True),
        ],
        responses={200: ReadySerializer, **errors(404)},
    )
    def get(self, request: Request) -> Response:
        table, self.call_id = request.query_params.get("tab", ""), request.query_params.get("call", "")
        if "\x00" in table + self.call_id:
            raise Http404
        found = find_readiness(tenant=tenant_of(request), table_id=table, call_id=self.call_id)
        if found is None:
            raise Http404
        if found.ready:
            return Response({"ready": True, "data": found.data})
        return Response({"ready": False, "status": found.status})
