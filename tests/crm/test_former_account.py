"""A connection that leads to another account by now asks nothing about orders of the former one."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client

from apps.appeals.extracted import correct
from apps.appeals.models import Appeal
from apps.core.alarms import raised
from apps.core.models import State
from apps.crm.models import OrderLook, OrderRules, OrderSync
from apps.crm.ordering import look_for_unknown, order_now, push_changes
from apps.integrations.checking import check_connection
from apps.integrations.connecting import connect, reconfigure
from apps.integrations.models import Connection, Health
from apps.tenants.models import Member, Tenant
from tests.crm import conftest as kept
from tests.crm.conftest import Agree
from tests.crm.steps import go, later, look, settle
from tests.peers.livesklad import LiveSkladOwnPeer, LiveSkladPeer
from tests.peers.remonline import RemOnlinePeer, ROAppPeer
from tests.peers.server import Peer

pytestmark = pytest.mark.django_db(transaction=True)

SHAPES: dict[str, tuple[str, Callable[[], Any], Callable[[str], dict[str, Any]]]] = {
    "livesklad-spec": ("livesklad", LiveSkladPeer, kept.plain_values),
    "livesklad-vendor": ("livesklad", LiveSkladOwnPeer, kept.own_values),
    "remonline-spec": ("remonline", RemOnlinePeer, kept.rem_values),
    "remonline-vendor": ("remonline", ROAppPeer, kept.roapp_values),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """An appeal's order is in the `old` account."""

    connection: Connection
    appeal: Appeal
    old: Any
    new: Any
    values: Callable[[str], dict[str, Any]]

    def lead_to(self, peer: Peer, **changed: Any) -> None:
        values = {**self.values(peer.url), **changed}
        made = check_connection(connection=reconfigure(connection=self.connection, values=values), within=9)
        assert made.health == Health.OK

    def correct(self, model: str) -> None:
        correct(row=self.appeal.devices.get(), values={"model": model}, member=None)
        push_changes()


@pytest.fixture(params=sorted(SHAPES))
def moved(request: Any, tenant_a: Tenant, agree: Agree) -> Iterator[Moved]:
    slug, peer, values = SHAPES[request.param]
    with peer() as old, peer() as new:
        made = connect(tenant=tenant_a, connector=slug, key="crm", values=values(old.url))
        connection = check_connection(connection=made, within=9)
        appeal = agree()
        assert settle().state == State.DONE
        look()
        yield Moved(connection=connection, appeal=appeal, old=old, new=new, values=values)
        old.assert_clean()
        new.assert_clean()


def test_another_server_is_not_asked_about_the_former_ones_orders(moved: Moved) -> None:
    moved.lead_to(moved.new)
    before = len(moved.new.requests), len(moved.old.requests)
    moved.correct("iPhone 15")
    look()
    order_now(appeal=moved.appeal, connection=moved.connection, member=None)
    sync = go()
    assert (sync.state, sync.error_code) == (State.FAILED, "former_account")
    assert (len(moved.new.requests), len(moved.old.requests)) == before
    assert sync.gone_at is None, "told as deleted"
    assert moved.new.orders == {}


def test_with_the_former_settings_it_goes_on_where_it_was(moved: Moved) -> None:
    moved.lead_to(moved.new)
    moved.correct("iPhone 15")
    order_now(appeal=moved.appeal, connection=moved.connection, member=None)
    go()
    look()
    moved.lead_to(moved.old)
    asked = len(moved.old.requests)
    sync = go()
    assert (sync.state, sync.error_code, sync.gone_at) == (State.DONE, "", None)
    look()
    assert len(moved.old.requests) > asked
    assert not [one for one in raised(None) if one.connection_id]
    assert len(moved.old.orders) == 1


def test_a_new_appeals_order_goes_to_the_account_of_today(moved: Moved, agree: Agree) -> None:
    moved.lead_to(moved.new)
    agree(name="Пётр", phone="+79000000001")
    assert settle().state == State.DONE
    assert (len(moved.old.orders), len(moved.new.orders)) == (1, 1)
    asked = len(moved.old.requests)
    look()
    assert len(moved.old.requests) == asked
    assert set(OrderSync.objects.values_list("gone_at", flat=True)) == {None}


@pytest.mark.parametrize("moved", ["livesklad-vendor"], indirect=True)
def test_each_account_has_its_own_place_in_what_has_changed(moved: Moved, agree: Agree) -> None:
    cursor = OrderLook.objects.get().cursor
    moved.lead_to(moved.new)
    agree(name="Пётр", phone="+79000000001")
    settle()
    look()
    [kept_there] = cursor.items()
    found = OrderLook.objects.get().cursor
    assert len(found) == 2
    assert kept_there in found.items()


@pytest.mark.parametrize(
    ("moved", "setting"),
    [("livesklad-vendor", "shop_id"), ("remonline-vendor", "company_id")],
    indirect=["moved"],
)
def test_another_workshop_of_the_same_server_is_another_account(moved: Moved, setting: str) -> None:
    moved.lead_to(moved.old, **{setting: "777"})
    asked = len(moved.old.requests)
    look()
    moved.correct("iPhone 15")
    go()
    assert len(moved.old.requests) == asked


@pytest.mark.parametrize("moved", ["livesklad-vendor"], indirect=True)
def test_the_other_api_of_the_same_server_knows_other_ids(moved: Moved) -> None:
    keys = {"api": "spec", "api_key": "livesklad_api_key_xxx"}
    reconfigure(connection=moved.connection, values=keys)
    asked = len(moved.old.requests)
    look()
    assert len(moved.old.requests) == asked
    assert OrderSync.objects.get().gone_at is None


@pytest.mark.parametrize("moved", ["livesklad-spec"], indirect=True)
def test_one_that_no_answer_came_to_is_not_made_in_another_account(moved: Moved, agree: Agree) -> None:
    moved.old.accept_and_hang()
    agree(name="Пётр", phone="+79000000001")
    assert settle().state == State.UNKNOWN
    moved.lead_to(moved.new)
    later()
    look_for_unknown()
    sync = go()
    assert (sync.state, sync.error_code) == (State.FAILED, "former_account")
    assert (len(moved.old.orders), moved.new.orders) == (2, {})


@pytest.mark.parametrize("moved", ["livesklad-spec"], indirect=True)
def test_the_operator_sees_it_and_may_make_it_anew(moved: Moved, desk: Client) -> None:
    moved.lead_to(moved.new)
    there = f"/admin/desk/{moved.appeal.conversation_id}/"
    page = desk.get(there).content.decode()
    assert "Заказ в другом аккаунте" in page
    assert "Создать заново в нынешнем аккаунте" in page
    sync = OrderSync.objects.get()
    assert desk.post(f"{there}orders/{sync.pk}/decide/", {"anew": "1"}).status_code == 200
    assert go().state == State.DONE
    assert (len(moved.old.orders), len(moved.new.orders)) == (1, 1)
    assert "Заказ в другом аккаунте" not in desk.get(there).content.decode()


@pytest.mark.parametrize("moved", ["remonline-spec"], indirect=True)
def test_the_administrator_is_told_and_may_say_that_it_is_the_same_account(
    moved: Moved, boss: Member, signed_in: Any
) -> None:
    """As when a service has moved to another address, with all that was there."""
    moved.lead_to(moved.new)
    moved.new.orders.update(moved.old.orders)
    [alarm] = [one for one in raised(moved.connection.tenant_id) if one.connection_id == moved.connection.pk]
    assert "в другом аккаунте" in str(alarm.text)
    client = signed_in(boss)
    page = client.get(alarm.page).content.decode()
    assert "1 незавершённый заказ создан в другом аккаунте" in page
    assert alarm.page == f"/admin/crm/orderrules/{OrderRules.objects.get().pk}/change/"
    client.post(alarm.page, {"act": "same"})
    assert not [one for one in raised(None) if one.connection_id]
    moved.new.requests.clear()
    look()
    assert moved.new.requests
    assert OrderSync.objects.get().gone_at is None


@pytest.mark.parametrize("moved", ["livesklad-spec"], indirect=True)
def test_an_order_made_before_homes_were_kept_is_where_the_connection_leads(moved: Moved) -> None:
    OrderSync.objects.update(home="")
    OrderLook.objects.update(home="")
    look()
    assert OrderSync.objects.get().home == OrderLook.objects.get().home != ""
