"""`GET /tables/call-ready?tab=&call=`."""

from django.http import Http404
from rest_framework.request import Request
from rest_framework.response import Response

from apps.callanalysis.api.door import CallApi
from apps.callanalysis.readiness import find_readiness
from apps.tenants.api import tenant_of


class CallReady(CallApi):
    route = "/tables/call-ready"

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
