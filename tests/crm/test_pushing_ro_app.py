"""Orders by RO App's own API: a person, an order and its items, each once, in as few requests as can be."""

from dataclasses import replace

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.core.models import State
from apps.core.work.perform import run
from apps.crm.connectors import remonline as connector_module
from apps.crm.models import OrderSync, SyncAttempt
from apps.crm.ordering import look_for_unknown, order_agreed
from apps.integrations.contract import Rate
from apps.integrations.models import Connection
from tests.crm.conftest import Agree
from tests.crm.steps import fill_budget, go, later, settle
from tests.peers import remonline
from tests.peers.remonline import ROAppPeer

pytestmark = pytest.mark.django_db(transaction=True)


def test_ro_app_gets_a_person_an_order_and_its_items(
    agree: Agree, ro_own: Connection, roapp: ROAppPeer
) -> None:
    agree()
    sync = settle()
    assert roapp.people == [
        {
            "first_name": "Иван",
            "last_name": "Петров",
            "email": "ivan@example.com",
            "phones": ["+79001234567"],
            "id": 500,
        }
    ]
    assert (roapp.orders[9000]["client_id"], roapp.orders[9000]["branch_id"]) == (500, 67890)
    assert [(one["type"], one["name"], one["price"]) for one in roapp.items[9000]] == [
        ("service", "Замена батареи", "3500.00"),
        ("product", "Аккумулятор iPhone 14", "2500.00"),
    ]
    assert (sync.number, sync.items) == ("A9000", "done")


def test_a_second_order_of_the_client_is_theirs_there_too(
    agree: Agree, ro_own: Connection, roapp: ROAppPeer
) -> None:
    first = agree()
    settle()
    agree(contact=first.contact, model="iPad")
    settle()
    assert len(roapp.people) == 1
    assert [order["client_id"] for order in roapp.orders.values()] == [500, 500]


def test_ro_app_is_asked_each_thing_once(agree: Agree, ro_own: Connection, roapp: ROAppPeer) -> None:
    """Three requests a second are all that it takes: an order costs as few as it can."""
    first = agree()
    settle()
    before = len(roapp.requests)
    assert [one.method for one in roapp.to(remonline.PEOPLE)] == ["GET"]
    agree(contact=first.contact, model="iPad")
    settle()
    assert [f"{one.method} {one.path}" for one in roapp.requests[before:]] == [
        "GET /v2/contacts/people",
        "GET /v2/orders",
        "POST /v2/orders",
        "GET /v2/orders/9001/items",
        "POST /v2/orders/9001/items",
        "POST /v2/orders/9001/items",
        "GET /v2/orders/9001",
    ]


def test_what_a_killed_worker_began_is_looked_for_once_in_a_run(
    agree: Agree, ro_own: Connection, roapp: ROAppPeer
) -> None:
    agree()
    with CaptureQueriesContext(database) as queries:
        settle()
    told = [one["sql"] for one in queries if "crm_sync_history" in one["sql"] and "'lost'" in one["sql"]]
    assert len(told) == OrderSync.objects.get().attempts


def test_ro_app_has_an_order_of_our_word_already_and_gets_no_second(
    agree: Agree, ro_own: Connection, roapp: ROAppPeer
) -> None:
    """As after a database that was restored from before it was made."""
    first = agree()
    settle()
    OrderSync.objects.all().delete()
    assert settle().external_order_id == "9000"
    assert first.orders.count() == len(roapp.orders) == 1
    assert len(roapp.items[9000]) == 2


@pytest.mark.parametrize("lost", [remonline.MAKE_PERSON, remonline.OWN_CREATE, remonline.ADD_ITEM])
def test_ro_app_has_each_thing_once_whichever_answer_is_lost(
    agree: Agree, ro_own: Connection, roapp: ROAppPeer, lost: str
) -> None:
    roapp.accept_and_hang(lost)
    agree()
    assert settle().state == State.UNKNOWN
    later()
    look_for_unknown()
    sync = go()
    assert (sync.state, sync.items) == (State.DONE, "done")
    assert (len(roapp.people), len(roapp.orders), len(roapp.items[9000])) == (1, 1, 2)


def test_each_step_of_an_order_waits_for_its_turn(
    agree: Agree, ro_own: Connection, roapp: ROAppPeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An order is seven requests, and three are taken at once."""
    slower = replace(connector_module.SPEC, rate=Rate(count=3, per=60.0))
    monkeypatch.setattr(connector_module, "SPEC", slower)
    agree()
    order_agreed()
    asked = []
    for _step in range(3):
        fill_budget()
        before = len(roapp.requests)
        OrderSync.objects.update(due_at=timezone.now())
        run("crm.OrderSync", OrderSync.objects.get().pk)
        asked.append([f"{one.method} {one.path}" for one in roapp.requests[before:]])
    assert asked == [
        ["GET /v2/contacts/people", "POST /v2/contacts/people", "POST /v2/orders"],
        ["GET /v2/orders/9000/items", "POST /v2/orders/9000/items", "POST /v2/orders/9000/items"],
        ["GET /v2/orders/9000"],
    ]
    sync = OrderSync.objects.get()
    assert (sync.state, sync.failures, sync.is_told) == (State.DONE, 0, True)
    assert set(SyncAttempt.objects.values_list("step", "sync_status")) == {
        ("create", "success"),
        ("items", "success"),
    }
