"""Which of its two APIs a CRM speaks is found out by a check, and nothing is asked in the other."""

from typing import Any

import pytest

from apps.crm.connectors._shared import unversioned, versioned
from apps.integrations.checking import check_connection
from apps.integrations.connecting import InvalidSettings, connect
from apps.integrations.models import Connection, Health
from apps.tenants.models import Tenant
from tests.crm.conftest import own_values, plain_values, rem_values, roapp_values
from tests.peers import livesklad
from tests.peers.livesklad import LiveSkladOwnPeer, LiveSkladPeer
from tests.peers.remonline import TYPE, RemOnlinePeer, ROAppPeer
from tests.peers.server import Reply

pytestmark = pytest.mark.django_db(transaction=True)


def checked(tenant: Tenant, connector: str, values: dict[str, Any]) -> Connection:
    made = connect(tenant=tenant, connector=connector, values=values)
    return check_connection(connection=made, within=9)


@pytest.mark.parametrize(
    ("address", "versioned_once"),
    [
        ("https://api.example.com", "https://api.example.com/v1"),
        ("https://api.example.com/v1", "https://api.example.com/v1"),
        ("https://api.example.com/v2", "https://api.example.com/v2"),
        ("https://api.example.com/crm", "https://api.example.com/crm/v1"),
    ],
)
def test_an_address_has_one_version(address: str, versioned_once: str) -> None:
    assert versioned(address, "v1") == versioned_once
    assert versioned(versioned(address, "v1"), "v1") == versioned_once
    assert not unversioned(versioned_once).endswith(("/v1", "/v2"))


def test_a_key_is_asked_about_by_an_order_that_is_not_there(tenant_a: Tenant, plain: LiveSkladPeer) -> None:
    found = checked(tenant_a, "livesklad", plain_values(plain.url))
    assert (found.health, found.api_shape, found.account) == (Health.OK, "spec", "LiveSklad 12345")
    assert [request.path for request in plain.requests] == ["/v1/orders/0"]


def test_a_login_is_asked_about_by_the_workshops(tenant_a: Tenant, own: LiveSkladOwnPeer) -> None:
    found = checked(tenant_a, "livesklad", own_values(own.url))
    assert (found.health, found.api_shape, found.account) == (Health.OK, "vendor", "Мастерская")


def test_a_workshop_that_is_not_there_is_warned_of(tenant_a: Tenant, own: LiveSkladOwnPeer) -> None:
    found = checked(tenant_a, "livesklad", {**own_values(own.url), "shop_id": "999"})
    assert found.health == Health.OK
    assert "shop_id" in found.warnings[0]["ru"]


def test_with_both_the_one_that_answers_is_taken(tenant_a: Tenant, plain: LiveSkladPeer) -> None:
    plain.script("POST /auth", [Reply(status=404, body="not found")])
    values = {**own_values(plain.url), **plain_values(plain.url)}
    assert checked(tenant_a, "livesklad", values).api_shape == "spec"


def test_livesklads_own_404_is_not_taken_for_the_documents(tenant_a: Tenant, own: LiveSkladOwnPeer) -> None:
    own.script("GET /v1/orders/{order}", [Reply(status=404, json={"error": {"statusCode": 404}})])
    found = checked(tenant_a, "livesklad", plain_values(own.url))
    assert (found.health, found.error_code) == (Health.MISCONFIGURED, "wrong_address")


def test_another_header_carries_the_key_where_it_is_set(tenant_a: Tenant, plain: LiveSkladPeer) -> None:
    heard: list[str] = []

    def hear(request: Any) -> Reply:
        heard.append(request.headers["X-API-Key"])
        return Reply(status=404, json={"success": False})

    plain.route(livesklad.READ, hear)
    values = {**plain_values(plain.url), "auth_header": "X-API-Key", "auth_scheme": ""}
    assert checked(tenant_a, "livesklad", values).health == Health.OK
    assert heard == [livesklad.KEY]


def test_a_wrong_key_is_told_apart_from_a_wrong_address(tenant_a: Tenant, plain: LiveSkladPeer) -> None:
    found = checked(tenant_a, "livesklad", {**plain_values(plain.url), "api_key": "another-key-12345"})
    assert found.health == Health.NEEDS_RECONNECT


def test_neither_a_key_nor_a_login_is_refused_at_once(tenant_a: Tenant) -> None:
    with pytest.raises(InvalidSettings):
        connect(tenant=tenant_a, connector="livesklad", values={"shop_id": "1"})


def test_remonline_speaks_the_document_first(tenant_a: Tenant, rem: RemOnlinePeer) -> None:
    found = checked(tenant_a, "remonline", rem_values(rem.url))
    assert (found.health, found.api_shape) == (Health.OK, "spec")
    assert [request.path for request in rem.requests] == ["/v1/orders/0"]


def test_an_order_type_is_a_hint_at_ro_app(tenant_a: Tenant, roapp: ROAppPeer) -> None:
    values = {**rem_values(roapp.url), "order_type_id": TYPE}
    found = checked(tenant_a, "remonline", values)
    assert (found.health, found.api_shape, found.account) == (Health.OK, "vendor", "Сервис")
    assert [request.path for request in roapp.requests] == ["/v2/company"]


def test_ro_app_is_found_without_the_hint_too(tenant_a: Tenant, roapp: ROAppPeer) -> None:
    roapp.script("GET /v1/orders/{order}", [Reply(status=404, body="not found")])
    found = checked(tenant_a, "remonline", rem_values(roapp.url))
    assert (found.health, found.api_shape) == (Health.OK, "vendor")
    assert "order_type_id" in found.warnings[0]["ru"]


def test_numbers_of_a_yaml_file_are_ids(tenant_a: Tenant, roapp: ROAppPeer) -> None:
    values = {**roapp_values(roapp.url), "company_id": 67890, "order_type_id": 11}
    assert checked(tenant_a, "remonline", values).health == Health.OK
