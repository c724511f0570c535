"""Devices come and go: registered by their own member, dropped when the service knows them no more."""

import hashlib
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables
from fcm_django.models import DeviceType

from apps.core.errors import ConfigInvalid, OutsideError, Rejected
from apps.core.text import clean_name
from apps.integrations.checking import note_failure
from apps.integrations.contract import Category
from apps.integrations.models import Connection
from apps.integrations.opening import config_of, open_connection
from apps.integrations.registry import connector, connectors
from apps.push.contract import Subscription
from apps.push.models import Device
from apps.tenants.models import Member, Tenant

# Seconds, while the member waits for their browser to be registered.
WHILE_ONE_WAITS = 9.0
# Of one member: who has more has had them all once.
MOST = 20
LONGEST_TOKEN = 4096
_UNNAMED = {DeviceType.WEB: _("Browser"), DeviceType.ANDROID: "Android"}

_NO_SERVICE = _("No push service is connected. An administrator connects it among the integrations.")
_NO_BROWSERS = _("Browsers can't be registered here yet: the settings of the push service lack the web app.")


def connections_of(tenant: Tenant) -> QuerySet[Connection]:
    """The push services of an organisation, the one that new devices go to first."""
    slugs = [slug for slug, module in connectors().items() if module.SPEC.category is Category.PUSH]
    return Connection.objects.filter(tenant=tenant, connector__in=slugs, is_active=True).order_by("pk")


def reachable(member: Member) -> list[Device]:
    """Those that notifications may go to, if only once somebody has mended the connection. One query."""
    rows = Device.objects.filter(member=member, active=True, user__is_active=True, connection__is_active=True)
    return list(rows.order_by("pk"))


def devices_of(member: Member) -> QuerySet[Device]:
    """For their owner's eyes, those of a service that was disconnected included."""
    return Device.objects.filter(tenant=member.tenant_id, member=member).select_related("connection")


def browser_key(tenant: Tenant) -> str:
    """What a browser of this organisation subscribes with; empty where it can't."""
    connection = connections_of(tenant).first()
    if connection is None:
        return ""
    try:
        key: str = connector(connection.connector).browser_key(config_of(connection))
    except OutsideError:  # the card tells what is wrong with its settings
        return ""
    return key


@sensitive_variables()
def add_browser(*, member: Member, subscription: Subscription, name: str) -> Device:
    """Asks the service for the browser's token, outside any transaction. Raises `core.errors`."""
    connection = _service_of(member)
    if not browser_key(member.tenant):
        raise ConfigInvalid(_NO_BROWSERS, code="no_browsers")
    try:
        opened = open_connection(connection, within=WHILE_ONE_WAITS)
        token = connector(connection.connector).register_browser(opened, subscription)
    except OutsideError as error:
        note_failure(connection, error)
        raise
    # By its address: each registration of a browser brings another token, and the former would work on.
    device_id = hashlib.sha256(subscription.endpoint.encode()).hexdigest()
    device, _new = _keep(connection, member, token, device_id, type=DeviceType.WEB, name=name)
    return device


@sensitive_variables()
def add_phone(*, member: Member, registration_id: str, name: str, device_id: str = "") -> tuple[Device, bool]:
    """With whether it is new. Raises ConfigInvalid where no service is connected."""
    return _keep(_service_of(member), member, registration_id, device_id, type=DeviceType.ANDROID, name=name)


def remove(device: Device) -> None:
    """What waits to be sent there goes with it."""
    device.delete()


def note_gone(device: Device) -> None:
    """Unless it was registered anew meanwhile."""
    same = Device.objects.filter(
        pk=device.pk, registration_id=device.registration_id, date_created=device.date_created
    )
    same.deactivate(reason="firebase_error", source="push.sending")


def _service_of(member: Member) -> Connection:
    connection = connections_of(member.tenant).first()
    if connection is None:
        raise ConfigInvalid(_NO_SERVICE, code="no_push_service")
    return connection


@sensitive_variables()
@transaction.atomic
def _keep(
    connection: Connection, member: Member, token: str, device_id: str, *, type: DeviceType, name: str
) -> tuple[Device, bool]:
    """A device that is known goes on as it is; it begins anew if it was gone, or another's."""
    if not token or len(token) > LONGEST_TOKEN or not token.isascii() or not token.isprintable():
        raise Rejected(_("This is no token of a device."), code="bad_token")
    # Two registrations of one device at once, by whomever, wait for each other here.
    Connection.objects.select_for_update(no_key=True).get(pk=connection.pk)
    values: dict[str, Any] = {
        "connection": connection,
        "tenant_id": member.tenant_id,
        "member": member,
        "user_id": member.user_id,
        "type": type,
        "name": clean_name(name, limit=100) or str(_UNNAMED[type]),
        "registration_id": token,
        "active": True,
    }
    if device_id:
        values["device_id"] = device_id
    device = _known(connection, token, device_id)
    if device is None:
        device, is_new = Device.objects.create(**values), True
    else:
        is_new = False
        is_elsewhere = (device.member_id, device.connection_id) != (member.pk, connection.pk)
        if is_elsewhere:
            device.pushes.all().delete()
        if is_elsewhere or not device.active:
            values["date_created"] = timezone.now()
        Device.objects.filter(pk=device.pk).update(**values)
        device.refresh_from_db()
    _drop_oldest(member)
    return device, is_new


@sensitive_variables()
def _known(connection: Connection, token: str, device_id: str) -> Device | None:
    """The one of this name, else of this token, here or at a service that was disconnected since. Where these
    are several, one is left.
    """
    wanted = Q(registration_id=token) | (Q(device_id=device_id) if device_id else Q())
    left = Q(connection__tenant=connection.tenant_id, connection__is_active=False)
    rows = Device.objects.filter(wanted, Q(connection=connection) | left)
    found = list(rows.select_for_update(of=("self",)))
    found.sort(key=lambda device: (device.connection_id != connection.pk, device.device_id != device_id))
    for other in found[1:]:
        other.delete()
    return found[0] if found else None


def _drop_oldest(member: Member) -> None:
    kept = Device.objects.filter(member=member).order_by("-date_created", "-pk").values_list("pk", flat=True)
    Device.objects.filter(pk__in=list(kept[MOST:])).delete()
