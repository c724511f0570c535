"""Connect, change, disconnect: what is kept, where, and what stays as it was."""

import threading
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType
from typing import Any

import pytest
from django.db import connection as database

from apps.core.errors import ConfigInvalid
from apps.integrations.connecting import InvalidSettings, connect, disconnect, errors_in, reconfigure
from apps.integrations.models import Connection, Health
from apps.integrations.opening import open_connection
from apps.tenants.models import Tenant
from tests.integrations.parcels import KEY, PIN, connect_to, connected

pytestmark = pytest.mark.usefixtures("connector")
URL = "http://127.0.0.1:1"


def errors_of(tenant: Tenant, **values: Any) -> dict[str, list[str]]:
    with pytest.raises(InvalidSettings) as raised:
        connect(tenant=tenant, connector="parcels", values=values)
    return raised.value.errors


def test_secrets_are_kept_apart_and_encrypted(tenant: Tenant) -> None:
    made = connect_to(URL, tenant, pin=PIN, shop_id="17")
    assert made.config == {"base_url": URL, "shop_id": "17"}
    assert made.secrets["api_key"] == KEY
    with database.cursor() as cursor:
        cursor.execute("SELECT t::text FROM integrations_connection t")
        stored = cursor.fetchone()[0]
        cursor.execute("SELECT string_agg(t::text, '') FROM integrations_historicalconnection t")
        stored += cursor.fetchone()[0]
    assert KEY not in stored
    assert PIN not in stored


def test_what_is_stored_opens_as_it_was_given(tenant: Tenant) -> None:
    made = connect_to(URL, tenant, speed="fast", copies="3", price="1.50", insured=False, cities=["Omsk"])
    config = open_connection(Connection.objects.get(pk=made.pk)).config
    assert (config.speed, config.copies, str(config.price), config.insured) == ("fast", 3, "1.50", False)
    assert config.cities == ["Omsk"]
    assert config.api_key.get_secret_value() == KEY


def test_a_default_is_not_stored_so_that_a_new_one_reaches_the_connection(tenant: Tenant) -> None:
    assert connect_to(URL, tenant, copies=1, paper="a4").config == {"base_url": URL}


def test_an_empty_choice_is_a_choice(tenant: Tenant) -> None:
    made = connect_to(URL, tenant, paper="")
    assert open_connection(made).config.paper == ""
    assert open_connection(reconfigure(connection=made, values={"paper": None})).config.paper == "a4"


def test_a_generated_secret_is_made_once_and_differs_per_connection(tenant: Tenant) -> None:
    first, second = connect_to(URL, tenant), connect_to(URL, tenant)
    assert len(first.secrets["hook_secret"]) >= 32
    assert first.secrets["hook_secret"] != second.secrets["hook_secret"]
    kept = reconfigure(connection=first, values={"copies": 2})
    assert kept.secrets["hook_secret"] == first.secrets["hook_secret"]


@pytest.mark.parametrize("given", ["", "   ", None, "••••abcd", "••••"])
def test_a_blank_secret_or_its_mask_changes_nothing(tenant: Tenant, given: str | None) -> None:
    made = connect_to(URL, tenant)
    assert reconfigure(connection=made, values={"api_key": given}).secrets["api_key"] == KEY


@pytest.mark.parametrize("given", ["", None, "••••abcd"])
def test_a_secret_does_not_follow_to_another_address(tenant: Tenant, given: str | None) -> None:
    made = connect_to(URL, tenant, pin=PIN)
    values = {"base_url": "http://127.0.0.1:2", "api_key": given}
    with pytest.raises(InvalidSettings) as raised:
        reconfigure(connection=made, values=values)
    assert raised.value.errors.keys() == {"api_key", "pin"}
    assert errors_in(connector="parcels", connection=made, values=values).keys() == {"api_key", "pin"}
    assert Connection.objects.get(pk=made.pk).config == {"base_url": URL}


def test_a_secret_given_again_or_forgotten_goes_along_to_the_new_address(tenant: Tenant) -> None:
    made = connect_to(URL, tenant, pin=PIN)
    moved = reconfigure(
        connection=made, values={"base_url": "http://127.0.0.1:2", "api_key": KEY}, forget=["pin"]
    )
    assert (moved.config, moved.secrets["api_key"]) == ({"base_url": "http://127.0.0.1:2"}, KEY)
    assert "pin" not in moved.secrets


def test_another_path_of_the_same_host_asks_for_nothing(tenant: Tenant) -> None:
    made = connect_to(URL, tenant)
    assert reconfigure(connection=made, values={"base_url": f"{URL}/v2"}).secrets["api_key"] == KEY


def test_settings_that_are_not_given_stay(tenant: Tenant) -> None:
    made = connect_to(URL, tenant, shop_id="17", copies=2)
    assert reconfigure(connection=made, values={"copies": 3}).config == {
        "base_url": URL,
        "shop_id": "17",
        "copies": 3,
    }


def test_a_pasted_key_loses_its_line_break(tenant: Tenant) -> None:
    assert connect_to(URL, tenant, api_key=f" {KEY}\n").secrets["api_key"] == KEY


def test_an_optional_secret_is_forgotten_only_when_asked(tenant: Tenant) -> None:
    made = connect_to(URL, tenant, pin=PIN)
    assert reconfigure(connection=made, values={"pin": ""}).secrets["pin"] == PIN
    assert "pin" not in reconfigure(connection=made, values={}, forget=["pin"]).secrets


def test_errors_are_told_per_field(tenant: Tenant) -> None:
    errors = errors_of(tenant, copies=10, speed="warp", shop_id="x" * 21, base_url="ftp:/x", colour="red")
    assert set(errors) == {"api_key", "copies", "speed", "shop_id", "base_url", "colour"}


def test_a_choice_is_told_as_it_is_to_be_given(tenant: Tenant) -> None:
    errors = errors_of(tenant, speed="warp", paper="a3")
    assert errors["speed"] == ['Выберите одно из значений: "slow", "fast".']
    assert errors["paper"] == ['Выберите одно из значений: "a4", "a5", "".']


def test_a_setting_may_be_needed_only_beside_a_value_of_another(tenant: Tenant) -> None:
    for blank in ({}, {"printer": ""}, {"printer": "  "}, {"printer": None}):
        assert errors_of(tenant, api_key=KEY, paper="a5", **blank) == {"printer": ["Обязательное поле."]}
    assert "printer" not in errors_of(tenant, api_key=KEY, paper="a3")
    made = connect_to(URL, tenant, paper="a5", printer="Canon")
    assert reconfigure(connection=made, values={"copies": 2}).config["printer"] == "Canon"
    assert "printer" in errors_in(connector="parcels", connection=made, values={"printer": ""})
    assert connect_to(URL, tenant, paper="a4").config == {"base_url": URL}


@pytest.mark.parametrize("key", ["pk-a-public-key-given-by-mistake", "short-key"])
def test_an_error_never_quotes_a_secret(tenant: Tenant, key: str) -> None:
    with pytest.raises(InvalidSettings) as raised:
        connect(tenant=tenant, connector="parcels", values={"api_key": key})
    error: BaseException | None = raised.value
    while error is not None:
        assert key not in repr(error) + str(error)
        error = error.__context__
    assert key not in str(raised.value.errors)


def test_nothing_is_half_applied(tenant: Tenant) -> None:
    made = connect_to(URL, tenant, copies=2)
    with pytest.raises(InvalidSettings):
        reconfigure(connection=made, values={"api_key": "another-key-entirely", "copies": 99})
    assert Connection.objects.get(pk=made.pk).secrets["api_key"] == KEY
    assert Connection.objects.get(pk=made.pk).config["copies"] == 2


def test_on_connected_runs_in_the_same_transaction(
    tenant: Tenant, connector: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_(connection: Connection) -> None:
        raise RuntimeError

    connect_to(URL, tenant)
    assert len(connected) == 1
    object.__setattr__(connector.SPEC, "on_connected", break_)
    try:
        with pytest.raises(RuntimeError):
            connect_to(URL, tenant)
    finally:
        object.__setattr__(connector.SPEC, "on_connected", connected.append)
    assert Connection.objects.count() == 1


def test_several_connections_of_one_connector_get_keys_of_their_own(tenant: Tenant) -> None:
    assert [connect_to(URL, tenant).key for _ in range(3)] == ["parcels", "parcels-2", "parcels-3"]


def test_the_key_of_a_live_connection_is_refused(tenant: Tenant) -> None:
    connect(tenant=tenant, connector="parcels", key="p", values={"api_key": KEY})
    with pytest.raises(InvalidSettings) as raised:
        connect(tenant=tenant, connector="parcels", key="p", values={"api_key": KEY})
    assert set(raised.value.errors) == {"key"}


def test_another_tenant_may_use_the_same_key(tenant: Tenant, other_tenant: Tenant) -> None:
    assert connect_to(URL, tenant).key == connect_to(URL, other_tenant).key


def test_disconnecting_wipes_secrets_and_keeps_settings(tenant: Tenant) -> None:
    made = connect_to(URL, tenant, copies=2)
    cut = disconnect(connection=made)
    stored = Connection.objects.get(pk=made.pk)
    assert (cut.is_active, stored.is_active, stored.secrets) == (False, False, {})
    assert stored.config == {"base_url": URL, "copies": 2}


def test_reconnecting_asks_for_the_secret_only(tenant: Tenant) -> None:
    made = connect_to(URL, tenant, copies=2)
    disconnect(connection=made)
    with pytest.raises(InvalidSettings) as raised:
        reconfigure(connection=made, values={})
    assert set(raised.value.errors) == {"api_key"}
    again = reconfigure(connection=made, values={"api_key": KEY})
    assert (again.is_active, again.config["copies"]) == (True, 2)


def test_connecting_under_a_disconnected_key_takes_it_up_again(tenant: Tenant) -> None:
    made = connect(tenant=tenant, connector="parcels", key="p", values={"api_key": KEY, "copies": 4})
    disconnect(connection=made)
    again = connect(tenant=tenant, connector="parcels", key="p", values={"api_key": KEY})
    assert (again.pk, again.config) == (made.pk, {"copies": 4})


def test_changed_settings_are_no_longer_checked_ones(tenant: Tenant) -> None:
    made = connect_to(URL, tenant)
    Connection.objects.update(health=Health.OK, account="Ivan")
    assert reconfigure(connection=made, values={"copies": 2}).health == Health.PENDING
    assert Connection.objects.get().account == ""


def test_saving_without_a_change_leaves_no_trace(tenant: Tenant) -> None:
    made = connect_to(URL, tenant)
    Connection.objects.update(health=Health.OK)
    same = reconfigure(connection=made, values={"api_key": KEY, "copies": 1, "base_url": URL})
    assert (same.health, same.history.count()) == (Health.OK, 1)


def test_history_tells_what_happened_and_which_secret_was_replaced(tenant: Tenant) -> None:
    made = connect_to(URL, tenant)
    reconfigure(connection=made, values={"api_key": KEY + "9"})
    reconfigure(connection=made, values={"copies": 2})
    disconnect(connection=made)
    reasons = [one.history_change_reason for one in made.history.order_by("history_id")]
    assert reasons == ["connected:api_key,hook_secret", "changed:api_key", "changed", "disconnected"]


def test_a_setting_that_newer_code_dropped_does_not_stop_a_connection(tenant: Tenant) -> None:
    made = connect_to(URL, tenant)
    Connection.objects.filter(pk=made.pk).update(config={"base_url": URL, "fax": "no"})
    stored = Connection.objects.get(pk=made.pk)
    assert open_connection(stored).config.base_url == URL
    assert "fax" not in reconfigure(connection=stored, values={"copies": 2}).config


def test_what_no_longer_fits_is_named_without_its_value(tenant: Tenant) -> None:
    made = connect_to(URL, tenant)
    made.secrets = {"api_key": "short"}
    with pytest.raises(ConfigInvalid) as raised:
        open_connection(made)
    assert raised.value.field == "api_key"
    assert raised.value.__context__ is None


@pytest.mark.django_db(transaction=True)
def test_two_people_connecting_at_once_get_two_connections(tenant: Tenant) -> None:
    together = threading.Barrier(4)

    def connect_one(_number: int) -> str:
        try:
            together.wait(timeout=10)
            return connect_to(URL, tenant).key
        finally:
            database.close()

    with ThreadPoolExecutor(4) as people:
        keys = list(people.map(connect_one, range(4)))
    assert sorted(keys) == ["parcels", "parcels-2", "parcels-3", "parcels-4"]
