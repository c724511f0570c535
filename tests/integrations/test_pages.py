"""The integrations pages as an administrator uses them."""

import re
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from apps.integrations.connecting import disconnect, reconfigure
from apps.integrations.models import ActionLog, Connection, Health
from apps.tenants.models import Role, Tenant
from tests.integrations import parcels
from tests.integrations.conftest import signed_in
from tests.peers.server import Peer, Reply

pytestmark = pytest.mark.usefixtures("connector")
CARDS = reverse("admin:integrations_cards")
NEW = reverse("admin:integrations_connect", args=["parcels"])


def page(connection: Connection, name: str = "connection_change") -> str:
    return reverse(f"admin:integrations_{name}", args=[connection.pk])


def text(response: Any) -> str:
    assert response.status_code == 200
    return str(response.content.decode())


def inputs(response: Any, name: str) -> str:
    found = re.search(rf'<(input|select|textarea)[^>]*name="{name}"[^>]*>', text(response))
    assert found, f"no field {name}"
    return found[0]


def filled(**values: Any) -> dict[str, Any]:
    """What a browser sends for the form as it is first shown."""
    return {
        "connection-name": "Parcels",
        "speed": "slow",
        "paper": "a4",
        "insured": "on",
        "copies": "1",
        "price": "9.90",
        "api_key": parcels.KEY,
    } | values


def test_a_service_nobody_connected_is_grey_and_may_be_connected(boss: Client) -> None:
    shown = text(boss.get(CARDS))
    assert "Not connected" in shown
    assert "in-grey" in shown
    assert NEW in shown
    assert "Sends parcels" in shown
    assert "/static/integrations/webchat.svg" in shown


def test_connecting_saves_checks_and_shows_whose_account_it_is(
    boss: Client, tenant: Tenant, service: Peer
) -> None:
    answer = boss.post(NEW, filled(base_url=service.url, cities="Omsk\n\nTomsk\n"), follow=True)
    made = Connection.objects.get()
    assert (made.tenant, made.health, made.config["cities"]) == (tenant, Health.OK, ["Omsk", "Tomsk"])
    assert "Ivan&#x27;s parcels" in text(answer)
    cards = text(boss.get(CARDS))
    assert "in-green" in cards
    assert "checked just now" in cards
    assert "https://crm.example/hook/parcels" in cards


def test_a_refused_key_is_red_with_its_reason_at_once(boss: Client, service: Peer) -> None:
    service.script(parcels.ROUTE, [Reply(status=401)])
    assert "does not accept the key" in text(boss.post(NEW, filled(base_url=service.url), follow=True))
    cards = text(boss.get(CARDS))
    assert "in-red" in cards
    assert "does not accept the key" in cards


def test_errors_stand_beside_their_fields(boss: Client) -> None:
    shown = text(boss.post(NEW, filled(api_key="short", copies="77", price="dear", base_url="nonsense")))
    assert "At least 10" in shown
    assert "less than or equal to 9" in shown
    assert "Enter a number" in shown
    assert "Enter a full address" in shown
    assert re.search(r'class="in-advanced"\s+open', shown)
    assert not Connection.objects.exists()


def test_a_form_that_is_refused_does_not_give_the_secret_back(boss: Client) -> None:
    assert parcels.KEY not in text(boss.post(NEW, filled(copies="77")))


def test_a_missing_key_is_asked_for(boss: Client) -> None:
    assert "This field is required" in text(boss.post(NEW, filled(api_key="")))


def test_a_stored_secret_is_shown_by_its_end_only_and_need_not_be_given_again(
    boss: Client, connection: Connection
) -> None:
    answer = boss.get(page(connection))
    assert parcels.KEY not in text(answer)
    field = inputs(answer, "api_key")
    assert "••••abcd stored; leave blank to keep" in field
    assert 'type="password"' in field
    assert " required" not in field
    boss.post(page(connection), filled(api_key="", copies="5", base_url=connection.config["base_url"]))
    saved = Connection.objects.get()
    assert (saved.secrets["api_key"], saved.config["copies"]) == (parcels.KEY, 5)


def test_the_secret_is_asked_for_again_after_disconnecting(boss: Client, connection: Connection) -> None:
    disconnect(connection=connection)
    answer = boss.get(page(connection))
    assert " required" in inputs(answer, "api_key")
    assert connection.config["base_url"] in inputs(answer, "base_url")


def test_every_kind_of_setting_has_its_field(boss: Client) -> None:
    answer = boss.get(NEW)
    assert 'type="number"' in inputs(answer, "copies")
    assert 'type="checkbox"' in inputs(answer, "insured")
    assert " checked" in inputs(answer, "insured")
    assert inputs(answer, "speed").startswith("<select")
    assert inputs(answer, "cities").startswith("<textarea")
    assert "any paper" in text(answer)
    assert "https://api.parcels.example" in inputs(answer, "base_url")


def test_a_setting_that_another_one_makes_pointless_says_so_to_the_page(boss: Client) -> None:
    field = inputs(boss.get(NEW), "printer")
    assert "data-only-for" in field
    assert " required" not in field
    assert "This field is required" in text(boss.post(NEW, filled(paper="a5")))


def test_an_optional_secret_can_be_forgotten(boss: Client, connection: Connection) -> None:
    reconfigure(connection=connection, values={"pin": parcels.PIN})
    boss.post(
        page(connection), filled(api_key="", base_url=connection.config["base_url"]) | {"forget-pin": "on"}
    )
    assert "pin" not in Connection.objects.get().secrets


def test_checking_from_the_card_tells_the_result(boss: Client, connection: Connection, service: Peer) -> None:
    service.script(parcels.ROUTE, [Reply(status=403)])
    answer = boss.post(page(connection, "check"), {"back": "cards"}, follow=True)
    assert answer.redirect_chain[0][0] == f"{CARDS}#parcels"
    assert "in-red" in text(answer)
    assert "in-green" in text(boss.post(page(connection, "check"), {"back": "cards"}, follow=True))


def test_a_check_asks_for_a_post(boss: Client, connection: Connection, service: Peer) -> None:
    assert boss.get(page(connection, "check")).status_code == 405
    assert not service.requests


def test_disconnecting_asks_first_and_says_what_stops(boss: Client, connection: Connection) -> None:
    shown = text(boss.get(page(connection, "disconnect")))
    assert "What stops" in shown
    assert Connection.objects.get().is_active
    boss.post(page(connection, "disconnect"))
    assert not Connection.objects.get().is_active
    assert Connection.objects.get().secrets == {}
    assert "in-grey" in text(boss.get(CARDS))


def test_a_second_connection_of_the_same_service(boss: Client, connection: Connection) -> None:
    assert f'href="{NEW}"' in text(boss.get(CARDS))
    boss.post(NEW, filled(base_url=connection.config["base_url"]) | {"connection-name": "Second shop"})
    assert "Second shop" in text(boss.get(CARDS))
    assert Connection.objects.count() == 2


def test_the_page_shows_what_left_and_who_changed_what(boss: Client, connection: Connection) -> None:
    boss.post(
        page(connection), filled(base_url=connection.config["base_url"], copies="3", cities="Omsk\nTomsk")
    )
    boss.post(
        page(connection),
        filled(api_key="sk-another-key-9876", base_url=connection.config["base_url"], copies="3"),
    )
    shown = text(boss.get(page(connection)))
    assert "GET 127.0.0.1" in shown
    assert "<b>admin-battery</b> · changed" in shown
    assert "Copies: <del>1</del> → 3" in shown
    assert "Cities: <del>—</del> → Omsk, Tomsk" in shown
    assert "API key: a new value" in shown
    assert "sk-another-key-9876" not in shown


def test_secrets_whose_key_is_lost_break_no_page_and_can_be_given_again(
    boss: Client, connection: Connection, settings: Any
) -> None:
    settings.CREDENTIALS_KEYS = [Fernet.generate_key().decode()]
    assert "in-card" in text(boss.get(CARDS))
    assert boss.get("/api/integrations").json()["integrations"][0]["status"] == "connected"
    shown = text(boss.post(page(connection, "check"), follow=True))
    assert "Enter them again" in shown
    assert " required" in inputs(boss.get(page(connection)), "api_key")
    boss.post(page(connection), filled(base_url=connection.config["base_url"]))
    assert (Connection.objects.get().health, Connection.objects.get().secrets["api_key"]) == (
        Health.OK,
        parcels.KEY,
    )


def test_a_disabled_or_unknown_service_is_not_found(boss: Client) -> None:
    assert boss.get(reverse("admin:integrations_connect", args=["nobody"])).status_code == 404


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.HEAD])
def test_only_administrators_come_in(tenant: Tenant, connection: Connection, role: Role) -> None:
    member = signed_in(tenant, role)
    answers = [
        member.get(CARDS),
        member.get(NEW),
        member.post(NEW, filled()),
        member.get(page(connection)),
        member.post(page(connection, "check")),
        member.post(page(connection, "disconnect")),
        member.get(reverse("admin:integrations_actionlog_changelist")),
    ]
    assert {answer.status_code for answer in answers} == {403}
    assert Connection.objects.get().is_active


def test_another_tenants_connection_does_not_exist_for_an_administrator(
    other_tenant: Tenant, connection: Connection, service: Peer
) -> None:
    stranger = signed_in(other_tenant, Role.ADMIN)
    assert "crm.example/hook" not in text(stranger.get(CARDS))
    for name in ("connection_change", "check", "disconnect"):
        for answer in (stranger.get(page(connection, name)), stranger.post(page(connection, name), filled())):
            assert isinstance(answer, HttpResponse)
            assert answer.status_code in (302, 404)
    assert (Connection.objects.get().is_active, service.requests) == (True, [])
    assert Connection.objects.get().tenant != other_tenant


def test_a_member_cannot_name_another_tenant(boss: Client, other_tenant: Tenant) -> None:
    boss.post(f"{NEW}?tenant={other_tenant.pk}", filled(base_url="http://127.0.0.1:1"))
    assert Connection.objects.get().tenant != other_tenant


def test_a_superuser_chooses_the_organisation(
    superuser: Client, connection: Connection, other_tenant: Tenant
) -> None:
    asked = text(superuser.get(CARDS))
    assert "Battery Service" in asked
    assert "Other Company" in asked
    assert "in-card" not in asked
    chosen = text(superuser.get(f"{CARDS}?tenant={connection.tenant_id}"))
    assert "crm.example/hook" in chosen
    assert f"{NEW}?tenant={connection.tenant_id}" in chosen
    superuser.post(f"{NEW}?tenant={other_tenant.pk}", filled(base_url="http://127.0.0.1:1"))
    assert Connection.objects.latest("pk").tenant == other_tenant


@pytest.mark.parametrize("wanted", ["0", "x", "99999999999999999999", "-1", "1e3"])
def test_a_wrong_organisation_in_the_address_asks_again(
    superuser: Client, tenant: Tenant, other_tenant: Tenant, wanted: str
) -> None:
    assert "Other Company" in text(superuser.get(f"{CARDS}?tenant={wanted}"))


def test_the_list_of_connections_is_the_cards_page(boss: Client) -> None:
    assert "in-card" in text(boss.get(reverse("admin:integrations_connection_changelist"), follow=True))


def test_nothing_is_added_or_deleted_by_hand(boss: Client, connection: Connection) -> None:
    assert boss.get(reverse("admin:integrations_connection_add")).status_code == 403
    assert boss.post(page(connection, "connection_delete"), {"post": "yes"}).status_code == 403


def test_the_action_log_is_read_only(boss: Client, connection: Connection, service: Peer) -> None:
    boss.post(page(connection, "check"))
    row = ActionLog.objects.get()
    where = f"127.0.0.1:{service.port}"
    log = reverse("admin:integrations_actionlog_changelist")
    assert where in text(boss.get(log, {"outcome": "went_well"}))
    assert where not in text(boss.get(log, {"outcome": "failed"}))
    change = reverse("admin:integrations_actionlog_change", args=[row.pk])
    assert 'name="path"' not in text(boss.get(change))
    assert boss.post(change, {"path": "/changed"}).status_code == 403
    assert boss.get(reverse("admin:integrations_actionlog_add")).status_code == 403


def test_what_people_and_services_write_is_not_html(boss: Client, tenant: Tenant, service: Peer) -> None:
    evil = "<script>alert(1)</script>"
    service.script(parcels.ROUTE, [Reply(json={"account": evil})])
    boss.post(NEW, filled(base_url=service.url) | {"connection-name": evil})
    made = Connection.objects.get()
    shown = text(boss.get(CARDS)) + text(boss.get(page(made))) + text(boss.get(page(made, "disconnect")))
    assert evil not in shown
