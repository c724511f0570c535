"""A device is fcm-django's, of a member and of a connection: known again, and one however it is told of."""

import subprocess
import sys
import threading

import pytest
from django.contrib import admin
from django.db import connection as database
from django.db import transaction
from fcm_django.api.rest_framework import FCMDevice

from apps.integrations.connecting import connect
from apps.integrations.models import Connection
from apps.push.contract import Subscription
from apps.push.devices import add_browser, add_phone, note_gone, reachable
from apps.push.models import Device
from apps.push.trying import try_out
from apps.tenants.models import Member, Tenant
from tests.live import wait_until
from tests.peers.fcm import FcmPeer, own_values

pytestmark = pytest.mark.django_db

# Not from `pg_stat_activity`, which stays as a transaction first saw it.
WAITERS = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
BROWSER = Subscription(endpoint="https://push.example/abc", p256dh="BPublic", auth="secret")


def phone_of(member: Member, token: str, device_id: str = "") -> Device:
    return add_phone(member=member, registration_id=token, device_id=device_id, name="Pixel 9")[0]


def test_fcm_djangos_device_is_ours_and_there_is_no_other() -> None:
    assert FCMDevice is Device
    assert not [name for name in database.introspection.table_names() if name.startswith("fcm_django")]
    assert not admin.site.is_registered(Device)


def test_its_library_brings_no_grpc_into_the_processes() -> None:
    """Which a process that forks must not have, and which would cost each of them its memory."""
    script = (
        "import sys, config.wsgi; print([name for name in ('grpc', 'google.cloud') if name in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_it_is_known_again_by_what_its_app_calls_it(firebase: Connection, anna: Member) -> None:
    first = phone_of(anna, "token-1", "pixel")
    again, is_new = add_phone(member=anna, registration_id="token-2", device_id="pixel", name="")
    assert (again.pk, is_new, again.registration_id) == (first.pk, False, "token-2")
    assert again.date_created == first.date_created


def test_one_that_was_told_of_by_its_token_is_called_by_its_name_from_then_on(
    firebase: Connection, anna: Member
) -> None:
    first = phone_of(anna, "token-1")
    assert phone_of(anna, "token-1", "pixel").pk == first.pk
    assert phone_of(anna, "token-1").device_id == "pixel"
    assert phone_of(anna, "token-2", "pixel").pk == first.pk


def test_two_that_turn_out_to_be_one_are_told_once(firebase: Connection, anna: Member) -> None:
    named = phone_of(anna, "token-1", "pixel")
    phone_of(anna, "token-2")
    assert phone_of(anna, "token-2", "pixel").pk == named.pk
    assert Device.objects.get().registration_id == "token-2"


def test_a_phone_that_changes_hands_is_the_others_alone(
    firebase: Connection, anna: Member, head: Member
) -> None:
    device = phone_of(anna, "token-1")
    try_out(device)
    taken = phone_of(head, "token-1")
    assert (taken.pk, taken.member, taken.user) == (device.pk, head, head.user)
    assert taken.date_created > device.date_created
    assert not taken.pushes.exists()
    assert reachable(anna) == []


def test_one_phone_serves_two_organisations(
    firebase: Connection, google: FcmPeer, anna: Member, stranger: Member, tenant_b: Tenant
) -> None:
    connect(tenant=tenant_b, connector="fcm", key="fcm", values=own_values(google.url))
    ours, theirs = phone_of(anna, "token-1", "pixel"), phone_of(stranger, "token-1", "pixel")
    assert ours.pk != theirs.pk
    note_gone(theirs)
    assert [[one.pk for one in reachable(member)] for member in (anna, stranger)] == [[ours.pk], []]


def test_a_token_may_be_longer_than_an_index_takes(firebase: Connection, anna: Member) -> None:
    token = "".join(chr(33 + number * number % 89) for number in range(4096))
    assert phone_of(anna, token).pk == phone_of(anna, token).pk


def test_what_is_said_of_a_former_token_is_not_of_the_device(firebase: Connection, anna: Member) -> None:
    former = add_browser(member=anna, subscription=BROWSER, name="Chrome")
    now = add_browser(member=anna, subscription=BROWSER, name="Chrome")
    assert (former.pk, former.date_created) == (now.pk, now.date_created)
    note_gone(former)
    assert reachable(anna) == [now]
    note_gone(now)
    assert reachable(anna) == []


def test_who_may_not_sign_in_any_more_is_told_nothing(firebase: Connection, anna: Member) -> None:
    phone_of(anna, "token-1")
    anna.user.is_active = False
    anna.user.save()
    assert reachable(anna) == []


def somebody_waits() -> bool:
    with database.cursor() as cursor:
        cursor.execute(WAITERS)
        return bool(cursor.fetchone()[0])


@pytest.mark.django_db(transaction=True)
def test_one_that_two_register_at_once_is_the_later_ones(
    firebase: Connection, anna: Member, head: Member
) -> None:
    def register() -> None:
        try:
            phone_of(head, "token-1")
        finally:
            database.close()

    other = threading.Thread(target=register)
    with transaction.atomic():
        phone_of(anna, "token-1")
        other.start()
        wait_until(somebody_waits, seconds=20, what="the other to wait")
    other.join(20)
    assert Device.objects.get().member == head
