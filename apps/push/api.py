"""`/api/push/devices`: an app on a phone tells where its user is to be notified.

As the member who is signed in there; or with the organisation's API key, naming the employee by `username`.
"""

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables
from fcm_django.api.rest_framework import DeviceSerializerMixin
from fcm_django.models import DeviceType
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


class DeviceSerializer(DeviceSerializerMixin):
    """As fcm-django tells devices, but never the token: whoever registered it has it. It takes phones alone:
    browsers are registered by their page.
    """

    registration_id = serializers.CharField(max_length=devices.LONGEST_TOKEN, write_only=True)
    type = serializers.ChoiceField([DeviceType.ANDROID], default=DeviceType.ANDROID)

    class Meta:
        model = Device
        fields = (*DeviceSerializerMixin.Meta.fields, "reached_at")
        read_only_fields = ("active", "date_created", "reached_at")


class DeviceList(APIView):
    roles = EVERYONE

    def get(self, request: Request) -> Response:
        rows = devices.devices_of(member_of(request))
        return Response({"devices": DeviceSerializer(rows, many=True).data})

    @sensitive_variables()
    def post(self, request: Request) -> Response:
        """201 for a device that is new, 200 for one that is known: it may be told with every start."""
        member = member_of(request)
        given = DeviceSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        device, is_new = devices.add_phone(
            member=member,
            registration_id=given.validated_data["registration_id"],
            device_id=given.validated_data.get("device_id") or "",
            name=given.validated_data.get("name") or "",
        )
        return Response(DeviceSerializer(device).data, status=201 if is_new else 200)


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
