"""GET /api/integrations."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from apps.integrations.checking import check_connection
from apps.integrations.connecting import disconnect
from apps.integrations.models import Connection, Health
from apps.tenants.keys import issue_key
from apps.tenants.models import Tenant
from tests.integrations import parcels

pytestmark = pytest.mark.usefixtures("connector")
URL = "/api/integrations"


def key_of(tenant: Tenant) -> str:
    return issue_key(tenant=tenant, name="CRM", user=None)[1]


def entry(client: Client, **headers: str) -> dict:
    answer = client.get(URL, headers=headers)
    assert answer.status_code == 200
    (found,) = answer.json()["integrations"]
    return dict(found)


def test_a_service_nobody_connected_is_available(boss: Client) -> None:
    found = entry(boss)
    assert found | {"icon": ""} == {
        "id": "parcels",
        "name": "Parcels",
        "description": "Sends parcels",
        "icon": "",
        "category": "other",
        "status": "available",
        "health": None,
        "config": {},
        "connections": [],
    }
    assert found["icon"].startswith("http://")


def test_a_connected_service_tells_its_health_and_masks_its_secrets(
    tenant: Tenant, connection: Connection
) -> None:
    check_connection(connection=connection)
    answer = Client().get(URL, headers={"x-api-key": key_of(tenant)})
    found = answer.json()["integrations"][0]
    assert (found["status"], found["health"]) == ("configured", "ok")
    assert found["config"]["api_key"] == "••••abcd"
    assert found["config"]["pin"] == ""
    assert found["config"]["copies"] == 1
    assert found["connections"][0]["account"] == "Ivan's parcels"
    assert parcels.KEY not in answer.content.decode()
    assert connection.secrets["hook_secret"] not in answer.content.decode()


@pytest.mark.parametrize(
    ("health", "told"),
    [
        (Health.PENDING, "pending"),
        (Health.ERROR, "error"),
        (Health.MISCONFIGURED, "error"),
        (Health.NEEDS_RECONNECT, "needs_reauth"),
    ],
)
def test_health_in_the_apis_words(boss: Client, connection: Connection, health: Health, told: str) -> None:
    Connection.objects.update(health=health)
    assert entry(boss)["health"] == told


def test_a_paused_connection_says_so(boss: Client, connection: Connection) -> None:
    Connection.objects.update(paused_until=timezone.now() + timedelta(minutes=1))
    assert entry(boss)["health"] == "paused"


def test_connected_without_what_newer_code_needs_is_not_configured(
    boss: Client, connection: Connection
) -> None:
    connection.secrets = {}
    connection.save()
    assert entry(boss)["status"] == "connected"


def test_a_disconnected_service_is_available_again(boss: Client, connection: Connection) -> None:
    disconnect(connection=connection)
    assert entry(boss)["status"] == "available"


def test_another_tenants_key_sees_nothing_of_it(other_tenant: Tenant, connection: Connection) -> None:
    assert entry(Client(), **{"x-api-key": key_of(other_tenant)})["status"] == "available"


def test_without_a_key_or_with_a_wrong_one_nothing_is_told(db: None) -> None:
    assert Client().get(URL).status_code == 401
    assert Client().get(URL, headers={"x-api-key": "wrong"}).status_code == 401


def test_an_operators_session_is_refused(operator: Client) -> None:
    assert operator.get(URL).status_code == 403


def test_an_agent_that_does_not_exist_is_not_found(boss: Client) -> None:
    assert boss.get(URL, {"agent_id": "helper"}).status_code == 404
