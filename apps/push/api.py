"""`/api/push/devices`: an app on a phone tells where its user is to be notified.

As the member who is signed in there; or with the organisation's API key, naming the employee by `username`.
"""

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.push import devices
from apps.push.models import Device
from apps.tenants.api import tenant_of
from apps.tenants.models import ApiKey, Member
from apps.tenants.scope import EVERYONE, scope_of


class DeviceIn(serializers.Serializer[Any]):
    token = serializers.CharField(max_length=devices.LONGEST_TOKEN)
    name = serializers.CharField(max_length=100, required=False, allow_blank=True, default="")


class DeviceOut(serializers.ModelSerializer[Device]):
    """Never the token: whoever registered it has it."""

    class Meta:
        model = Device
        fields = ("id", "platform", "name", "since", "reached_at", "gone_at")


class DeviceList(APIView):
    roles = EVERYONE

    def get(self, request: Request) -> Response:
        rows = devices.devices_of(member_of(request))
        return Response({"devices": DeviceOut(rows, many=True).data})

    @sensitive_variables()
    def post(self, request: Request) -> Response:
        """201 for a device that is new, 200 for one that is known: it may be told with every start."""
        member = member_of(request)
        given = DeviceIn(data=request.data)
        given.is_valid(raise_exception=True)
        device, is_new = devices.add_phone(member=member, **given.validated_data)
        return Response(DeviceOut(device).data, status=201 if is_new else 200)


class OneDevice(APIView):
    roles = EVERYONE

    def delete(self, request: Request, pk: int) -> Response:
        devices.remove(get_object_or_404(devices.devices_of(member_of(request)), pk=pk))
        return Response(status=204)


def member_of(request: Request) -> Member:
    """Whose devices this is about."""
    if not isinstance(request.auth, ApiKey):
        member = scope_of(request).member
        if member is None:
            raise PermissionDenied(_("Devices are those of an organisation's employees."))
        return member
    wanted = request.query_params.get("username") or _given(request)
    found = (
        Member.objects.filter(tenant=tenant_of(request), user__username=wanted).first() if wanted else None
    )
    if found is None:
        raise ValidationError({"username": [_("There is no employee of this user name.")]})
    return found


def _given(request: Request) -> str:
    value = request.data.get("username") if isinstance(request.data, dict) else None
    return value if isinstance(value, str) else ""
