"""Devices that were registered before they were fcm-django's."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from apps.integrations.models import Connection
from apps.push.contract import Subscription
from apps.push.devices import add_browser, add_phone
from apps.push.models import Device
from apps.tenants.models import Member

pytestmark = pytest.mark.django_db(transaction=True)

BEFORE = """
SELECT platform, name, token, digest, member_id, gone_at IS NOT NULL, since FROM push_device ORDER BY id
"""
SINCE = datetime(2026, 11, 29, 12, tzinfo=UTC)


@pytest.fixture
def back() -> Iterator[None]:
    """Whatever becomes of the test, the others find the tables as they are."""
    yield
    forwards()


def forwards() -> None:
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())


def rows(statement: str, *given: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        return list(cursor.fetchall())


def rings(member: Member) -> bool:
    rows("SELECT desk_ring(%s, %s)", member.tenant_id, member.pk)
    return bool(rows("DELETE FROM appeals_devicering RETURNING id"))


def test_they_go_on_and_back(back: None, firebase: Connection, anna: Member, head: Member) -> None:
    subscription = Subscription(endpoint="https://push.example/abc", p256dh="BPublic", auth="secret")
    browser = add_browser(member=anna, subscription=subscription, name="Chrome")
    phone, _new = add_phone(member=head, registration_id="p", name="Pixel")
    Device.objects.update(date_created=SINCE)
    Device.objects.filter(pk=phone.pk).update(active=False)

    MigrationExecutor(connection).migrate([("push", "0001_initial"), ("appeals", "0023_devices")])
    assert rows(BEFORE) == [
        ("web", "Chrome", browser.registration_id, browser.device_id, anna.pk, False, SINCE),
        # As sha256 has it of «p».
        (
            "android",
            "Pixel",
            "p",
            "148de9c5a7a44d19e56cd9ae1a554bf67847afb0c58f6e12fa29ac7ddfca9940",
            head.pk,
            True,
            SINCE,
        ),
    ]
    assert (rings(anna), rings(head)) == (True, False)

    forwards()
    names = ("type", "name", "registration_id", "device_id", "member", "user", "active", "date_created")
    assert list(Device.objects.order_by("pk").values_list(*names)) == [
        (
            "web",
            "Chrome",
            browser.registration_id,
            browser.device_id,
            anna.pk,
            anna.user_id,
            True,
            SINCE,
        ),
        ("android", "Pixel", "p", None, head.pk, head.user_id, False, SINCE),
    ]
    assert (rings(anna), rings(head)) == (True, False)
