"""Both sides change an order: ours goes, theirs stays, and where both did somebody decides."""

import re
from typing import Any

import pytest
from django.test import Client

from apps.appeals.extracted import correct
from apps.core.alarms import raised
from apps.core.models import State
from apps.crm.comparing import compare
from apps.crm.models import Conflict, FieldMapping, OrderRules, OrderSync
from apps.integrations.models import Connection
from apps.tenants.models import Member
from tests.crm.conftest import Agree
from tests.crm.steps import go, look, settle
from tests.peers import livesklad
from tests.peers.livesklad import LiveSkladOwnPeer, LiveSkladPeer

OURS = {"device.model": "iPhone 14"}


def agreed(ours: str = "iPhone 14", theirs: str | None = "iPhone 14") -> dict[str, dict[str, Any]]:
    return {"device.model": {"ours": ours, "theirs": theirs}}


def test_what_only_we_changed_is_pushed() -> None:
    found = compare(agreed(), {"device.model": "iPhone 15"}, OURS, owners={})
    assert (found.push, found.clashes) == ({"device.model": "iPhone 15"}, [])
    assert found.agreed == agreed("iPhone 15", "iPhone 15")


def test_what_only_they_changed_stays_theirs() -> None:
    found = compare(agreed(), OURS, {"device.model": "iPhone 14 Pro"}, owners={})
    assert (found.push, found.clashes) == ({}, [])
    again = compare(found.agreed, OURS, {"device.model": "iPhone 14 Pro"}, owners={})
    assert (again.push, again.clashes) == ({}, [])


def test_what_both_changed_alike_is_no_conflict() -> None:
    found = compare(agreed(), {"device.model": "iPhone 15"}, {"device.model": "iphone  15"}, owners={})
    assert (found.push, found.clashes) == ({}, [])


def test_what_both_changed_waits() -> None:
    found = compare(agreed(), {"device.model": "iPhone 15"}, {"device.model": "iPhone 13"}, owners={})
    assert found.push == {}
    assert [(one.before, one.ours, one.theirs) for one in found.clashes] == [
        ("iPhone 14", "iPhone 15", "iPhone 13")
    ]
    assert found.agreed == agreed()


@pytest.mark.parametrize(("owner", "push"), [("ours", {"device.model": "iPhone 15"}), ("theirs", {})])
def test_a_rule_decides_it(owner: str, push: dict[str, str]) -> None:
    theirs = {"device.model": "iPhone 13"}
    found = compare(agreed(), {"device.model": "iPhone 15"}, theirs, owners={"device.model": owner})
    assert (found.push, found.clashes) == (push, [])


def test_the_first_look_takes_their_way_of_writing_as_agreed() -> None:
    theirs = {"device.model": "APPLE IPHONE 14"}
    found = compare(agreed(theirs=None), OURS, theirs, owners={})
    assert (found.push, found.clashes) == ({}, [])


@pytest.mark.parametrize(("here", "there"), [("3500.00", "3500"), ("3500", "3500,00"), ("iPhone", "IPHONE ")])
def test_the_same_written_otherwise_is_the_same(here: str, there: str) -> None:
    found = compare({"price": {"ours": "1", "theirs": "1"}}, {"price": here}, {"price": there}, owners={})
    assert (found.push, found.clashes) == ({}, [])


# All of it


pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def order(agree: Agree, ls_own: Connection, own: LiveSkladOwnPeer) -> OrderSync:
    """Made, and looked at once."""
    agree()
    settle()
    look()
    return go()


def model(sync: OrderSync, value: str) -> None:
    correct(row=sync.appeal.devices.get(), values={"model": value}, member=None)


def test_our_correction_reaches_the_crm(order: OrderSync, own: LiveSkladOwnPeer) -> None:
    model(order, "iPhone 15")
    sync = settle()
    assert own.orders[order.external_order_id]["model"] == "iPhone 15"
    assert sync.state == State.DONE
    settle()
    assert len(own.to(livesklad.OWN_CHANGE)) == 1


def test_their_correction_is_never_overwritten(order: OrderSync, own: LiveSkladOwnPeer) -> None:
    own.move(order.external_order_id, "В работе", "inWork", model="iPhone 14 Pro")
    look()
    go()
    settle()
    assert own.orders[order.external_order_id]["model"] == "iPhone 14 Pro"
    assert not Conflict.objects.exists()


@pytest.fixture
def conflict(order: OrderSync, own: LiveSkladOwnPeer) -> Conflict:
    model(order, "iPhone 15")
    own.move(order.external_order_id, "В работе", "inWork", model="iPhone 13")
    settle()
    look()
    go()
    return Conflict.objects.get()


def test_both_changed_waits_for_a_decision_and_is_told(
    conflict: Conflict, own: LiveSkladOwnPeer, desk: Client
) -> None:
    assert (conflict.before, conflict.ours, conflict.theirs) == ("iPhone 14", "iPhone 15", "iPhone 13")
    settle()
    look()
    go()
    assert Conflict.objects.count() == 1
    assert own.orders[conflict.sync.external_order_id]["model"] == "iPhone 13"
    assert own.to(livesklad.OWN_CHANGE) == []
    page = desk.get(f"/admin/desk/{conflict.sync.appeal.conversation_id}/").content.decode()
    assert "Изменено с обеих сторон" in page
    assert [one.connection_id for one in raised(conflict.tenant_id)] == [conflict.sync.connection_id]


@pytest.mark.parametrize(("keep", "there"), [("ours", "iPhone 15"), ("theirs", "iPhone 13")])
def test_the_decision_holds(
    conflict: Conflict, own: LiveSkladOwnPeer, head: Member, signed_in: Any, keep: str, there: str
) -> None:
    address = f"/admin/crm/conflict/{conflict.pk}/change/"
    client: Client = signed_in(head)
    page = client.get(address).content.decode()
    assert "iPhone 15" in page
    assert "iPhone 13" in page
    assert client.post(address, {"keep": keep}).status_code == 302
    go()
    settle()
    look()
    go()
    assert own.orders[conflict.sync.external_order_id]["model"] == there
    conflict.refresh_from_db()
    assert (conflict.decision, conflict.decided_by) == (keep, head)
    assert Conflict.objects.count() == 1


def test_a_remembered_decision_is_a_rule(
    conflict: Conflict, own: LiveSkladOwnPeer, head: Member, signed_in: Any
) -> None:
    address = f"/admin/crm/conflict/{conflict.pk}/change/"
    signed_in(head).post(address, {"keep": "ours", "remember": "1"})
    go()
    assert FieldMapping.objects.get().owner == "ours"
    model(conflict.sync, "iPhone 16")
    own.move(conflict.sync.external_order_id, "В работе", "inWork", model="iPhone 12")
    settle()
    look()
    go()
    assert own.orders[conflict.sync.external_order_id]["model"] == "iPhone 16"
    assert Conflict.objects.filter(decision="").count() == 0


def test_whose_word_counts_is_asked_of_what_both_may_change_the_price_too(
    ls_own: Connection, boss: Member, signed_in: Any
) -> None:
    """What was remembered is seen there, and can be taken back."""
    FieldMapping.objects.create(tenant=ls_own.tenant, connection=ls_own, field="price", owner="ours")
    client: Client = signed_in(boss)
    address = f"/admin/crm/orderrules/{OrderRules.objects.get().pk}/change/"
    page = client.get(address).content.decode()
    asked = set(re.findall(r'name="f-([a-z.]+)-owner"', page))
    assert asked == {"device.brand", "device.model", "device.imei", "device.color", "price"}
    client.post(address, {"f-price-owner": "theirs"})
    assert list(FieldMapping.objects.values_list("field", "owner")) == [("price", "theirs")]
    client.post(address, {"f-price-owner": ""})
    assert not FieldMapping.objects.exists()


def test_the_documents_api_takes_no_changes_and_is_not_asked(
    agree: Agree, ls: Connection, plain: LiveSkladPeer
) -> None:
    agree()
    sync = settle()
    model(sync, "iPhone 15")
    settle()
    assert len(plain.requests) == 1
