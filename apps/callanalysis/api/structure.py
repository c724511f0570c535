"""`POST /settings/offices-update`, `POST /settings/managers-update`."""

from dataclasses import asdict

from drf_spectacular.utils import extend_schema
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.response import Response

from apps.callanalysis.api.door import CallApi
from apps.callanalysis.api.schema import ERRORS
from apps.callanalysis.api.serializers import CountsSerializer, ManagersSerializer, OfficesSerializer
from apps.callanalysis.structuring import Counts, update_managers, update_offices
from apps.tenants.api import tenant_of


class Offices(CallApi):
    parser_classes = (JSONParser,)
    route = "/settings/offices-update"

    @extend_schema(
        request=OfficesSerializer,
        responses={200: CountsSerializer, **ERRORS},
        description="Offices by their ids, with all their people; an office that is absent stays.",
    )
    def post(self, request: Request) -> Response:
        asked = OfficesSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        return _told(update_offices(tenant=tenant_of(request), offices=asked.validated_data["offices"]))


class Managers(CallApi):
    parser_classes = (JSONParser,)
    route = "/settings/managers-update"

    @extend_schema(
        request=ManagersSerializer,
        responses={200: CountsSerializer, **ERRORS},
        description="Names of managers by their ids; a manager who is absent stays.",
    )
    def post(self, request: Request) -> Response:
        asked = ManagersSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        return _told(update_managers(tenant=tenant_of(request), people=asked.validated_data["managers"]))


def _told(counts: Counts) -> Response:
    return Response({"status": "success", **asdict(counts)})
