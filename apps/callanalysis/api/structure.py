"""`POST /settings/offices-update`, `POST /settings/managers-update`."""

from dataclasses import asdict

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.callanalysis.api.answers import CountsSerializer, errors
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

    @extend_schema(
        summary=_("Offices and who belongs to them"),
        description=_(
            "The people named for an office replace those it had; an office that is not named stays as it is."
        ),
        request={"application/json": OfficesSerializer},
        responses={200: CountsSerializer, **errors(400, 413, 415)},
    )
    def post(self, request: Request) -> Response:
        asked = OfficesSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        return _told(update_offices(tenant=tenant_of(request), offices=asked.validated_data["offices"]))


class Managers(CallApi):
    parser_classes = (Json,)
    most_bytes = MOST_BYTES
    route = "/settings/managers-update"

    @extend_schema(
        summary=_("Names of managers"),
        description=_("A name that is not given stays, and so does whoever is not named."),
        request={"application/json": ManagersSerializer},
        responses={200: CountsSerializer, **errors(400, 413, 415)},
    )
    def post(self, request: Request) -> Response:
        asked = ManagersSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        return _told(update_managers(tenant=tenant_of(request), people=asked.validated_data["managers"]))


def _told(counts: Counts) -> Response:
    return Response({"status": "success", **asdict(counts)})
