"""`GET /api/integrations`."""

from django.http import Http404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.integrations.api.catalogue import catalogue
from apps.tenants.api import tenant_of


class IntegrationList(APIView):
    def get(self, request: Request) -> Response:
        # There are no agents yet, so that no agent of that id can be found.
        if "agent_id" in request.query_params:
            raise Http404
        found = catalogue(tenant=tenant_of(request), absolute=request.build_absolute_uri)
        return Response({"integrations": found})
