"""`POST /settings/offices-update`, `POST /settings/managers-update`."""

from dataclasses import asdict

from rest_framework.request import Request
from rest_framework.response import Response

from apps.callanalysis.api.bodies import Json
from apps.callanalysis.api.door import CallApi
from apps.callanalysis.api.serializers import ManagersSerializer, OfficesSerializer
from apps.callanalysis.structuring import Counts, update_managers, update_offices
from apps.tenants.api import tenant_of

# Fifty thousand people with their names.
MOST_BYTES = 20 * 1024 * 1024


class Offices(CallApi):
    parser_classes = (Json,)
    most_bytes = MOST_BYTES
    route = "/settings/offices-update"

    def post(self, request: Request) -> Response:
        asked = OfficesSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        return _told(update_offices(tenant=tenant_of(request), offices=asked.validated_data["offices"]))


class Managers(CallApi):
    parser_classes = (Json,)
    most_bytes = MOST_BYTES
    route = "/settings/managers-update"

    def post(self, request: Request) -> Response:
        asked = ManagersSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        return _told(update_managers(tenant=tenant_of(request), people=asked.validated_data["managers"]))


def _told(counts: Counts) -> Response:
    return Response({"status": "success", **asdict(counts)})
