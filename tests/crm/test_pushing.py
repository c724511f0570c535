"""Agreed appeals become orders: the exact request, once, whatever answers come."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection as database
from django.test import Client
from django.utils import timezone

from apps.appeals.deciding import set_status
from apps.appeals.extracted import correct
from apps.appeals.models import AppealEvent, AppealStatus, EventKind
from apps.core.models import State
from apps.core.work.perform import run
from apps.crm.models import AttemptStatus, OrderRules, OrderSync, SyncAttempt
from apps.crm.ordering import look_for_unknown, order_agreed, order_now
from apps.integrations import pacing
from apps.integrations.checking import check_connection
from apps.integrations.models import Connection, Health
from tests.crm.conftest import Agree
from tests.crm.steps import go, later, settle
from tests.peers import livesklad, remonline
from tests.peers.livesklad import LiveSkladOwnPeer, LiveSkladPeer
from tests.peers.remonline import RemOnlinePeer, ROAppPeer
from tests.peers.server import Reply
from tests.work import drain

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_documents_order_word_for_word(agree: Agree, ls: Connection, plain: LiveSkladPeer) -> None:
    appeal = agree()
    sync = settle()
    (request,) = plain.to(livesklad.CREATE)
    assert request.json == {
        "shop_id": "12345",
        "client": {"name": "Иван Петров", "phone": "+79001234567", "email": "ivan@example.com"},
        "device": {
            "brand": "Apple",
            "model": "iPhone 14",
            "imei": "123456789012345",
            "color": "Чёрный",
            "condition": "Хорошее",
        },
        "repairs": [
            {
                "repair_type": "Замена батареи",
                "description": "Батарея быстро разряжается",
                "price": 3500,
                "parts": [{"name": "Аккумулятор iPhone 14", "quantity": 1, "price": 2500}],
            }
        ],
        "status": "new",
        "notes": f"Клиент согласился на ремонт\n{sync.key}",
    }
    assert (sync.state, sync.external_order_id) == (State.DONE, "LS-12345")
    row = SyncAttempt.objects.get()
    assert (row.tenant_id, row.appeal_id) == (appeal.tenant_id, appeal.pk)
    assert (row.crm_type, row.external_order_id, row.sync_status) == ("livesklad", "LS-12345", "success")
    assert [one.data["number"] for one in AppealEvent.objects.filter(kind=EventKind.ORDER)] == ["LS-12345"]


def test_an_order_that_is_made_is_one_change_of_its_page(agree: Agree, ls: Connection) -> None:
    """Every change is an update to each tab that looks at the conversation."""
    conversation = agree().conversation
    order_agreed()
    conversation.refresh_from_db()
    before = conversation.revision
    drain()
    assert OrderSync.objects.get().state == State.DONE
    conversation.refresh_from_db()
    assert conversation.revision == before + 1


def test_remonlines_order_word_for_word(agree: Agree, ro: Connection, rem: RemOnlinePeer) -> None:
    agree()
    sync = settle()
    (request,) = rem.to(remonline.CREATE)
    assert request.json == {
        "company_id": "67890",
        "client": {"name": "Иван Петров", "phone": "+79001234567"},
        "device": {"type": "smartphone", "brand": "Apple", "model": "iPhone 14"},
        "works": [
            {"name": "Замена батареи", "price": 3500, "quantity": 1},
            {"name": "Аккумулятор iPhone 14", "price": 2500, "quantity": 1},
        ],
        "status": "new",
    }
    assert (sync.external_order_id, sync.number) == ("RO-67890", "12345")


def test_livesklads_own_api_is_spoken_once_a_check_has_found_it(
    agree: Agree, ls_own: Connection, own: LiveSkladOwnPeer
) -> None:
    assert (ls_own.health, ls_own.api_shape, ls_own.account) == (Health.OK, "vendor", "Мастерская")
    agree()
    sync = settle()
    (order,) = own.orders.values()
    assert (order["brand"], order["sn"]) == ("Apple", "123456789012345")
    assert order["problem"] == ["Замена батареи: Батарея быстро разряжается"]
    assert order["approximatePrice"] == "3500.00"
    assert sync.key in order["orderNode"]
    assert "Аккумулятор iPhone 14 × 1: 2500" in order["orderNode"]
    assert sync.external_order_id == order["id"]
    assert len(own.to(livesklad.AUTH)) == 1


def test_an_appeal_becomes_one_order_however_often_it_is_asked_for(
    agree: Agree, ls: Connection, plain: LiveSkladPeer
) -> None:
    appeal = agree()
    settle()
    order_now(appeal=appeal, connection=ls, member=None)
    settle()
    assert len(plain.orders) == 1


def test_only_what_is_agreed_and_not_older_than_the_connection_goes_by_itself(
    agree: Agree, appeal_of: Agree, ls: Connection, plain: LiveSkladPeer
) -> None:
    appeal_of()
    old = agree()
    AppealEvent.objects.filter(appeal=old).update(at=timezone.now() - timedelta(days=3))
    old.save()  # as whatever changes it: it was agreed before all the same
    fresh = agree()
    order_agreed()
    assert list(OrderSync.objects.values_list("appeal", flat=True)) == [fresh.pk]
    OrderRules.objects.update(sends_itself=False)
    agree()
    order_agreed()
    assert OrderSync.objects.count() == 1


@pytest.mark.parametrize("address", ["", "/v1", "/v1/"])
def test_the_version_stands_in_the_address_once(
    agree: Agree, ls: Connection, plain: LiveSkladPeer, address: str
) -> None:
    ls.config["base_url"] = f"{plain.url}{address}".rstrip("/")
    ls.save()
    agree()
    settle()
    assert [request.path for request in plain.requests] == ["/v1/orders"]


# What answers instead of an order


def test_a_limit_is_waited_out_and_counts_as_no_attempt(
    agree: Agree, ls: Connection, plain: LiveSkladPeer
) -> None:
    plain.script(livesklad.CREATE, [Reply(status=429, headers={"Retry-After": "40"}, json={})])
    agree()
    order_agreed()
    drain()
    sync = OrderSync.objects.get()
    assert (sync.state, sync.error_code, sync.failures) == (State.QUEUED, "rate_limited", 0)
    assert sync.due_at > timezone.now() + timedelta(seconds=30)
    ls.refresh_from_db()
    assert ls.is_paused
    OrderSync.objects.update(due_at=timezone.now())
    drain()
    assert len(plain.to(livesklad.CREATE)) == 1, "asked during the pause"
    Connection.objects.update(paused_until=None)
    pacing.forget(ls)
    assert go().state == State.DONE
    assert len(plain.orders) == 1


def test_a_refused_key_parks_all_orders_and_a_good_check_lets_them_go(
    agree: Agree, ls: Connection, plain: LiveSkladPeer
) -> None:
    plain.script(livesklad.CREATE, [Reply(status=401, json={})])
    agree()
    settle()
    agree()
    settle()
    assert set(OrderSync.objects.values_list("state", "error_code")) == {
        ("failed", "auth_failed"),
        ("failed", "parked"),
    }
    ls.refresh_from_db()
    assert ls.health == Health.NEEDS_RECONNECT
    assert len(plain.requests) == 1, "a service that refuses us was asked again"
    check_connection(connection=ls, within=9)
    go()
    assert len(plain.orders) == 2
    assert set(OrderSync.objects.values_list("state", flat=True)) == {"done"}


def test_an_order_that_lacks_its_device_asks_nobody_and_goes_once_it_is_named(
    agree: Agree, ls: Connection, plain: LiveSkladPeer
) -> None:
    appeal = agree(model="")
    sync = settle()
    assert (sync.state, sync.error_code) == (State.FAILED, "incomplete")
    assert "Модель" in sync.error_text or "Model" in sync.error_text
    assert plain.requests == []
    correct(row=appeal.devices.get(), values={"model": "iPhone 13"}, member=None)
    assert settle().state == State.DONE
    (order,) = plain.orders.values()
    assert order["device"]["model"] == "iPhone 13"


def test_what_is_not_agreed_any_more_is_not_sent_until_it_is_again(
    agree: Agree, ls: Connection, plain: LiveSkladPeer
) -> None:
    appeal = agree()
    order_agreed()
    set_status(appeal=appeal, status=AppealStatus.WAITING)
    assert settle().error_code == "not_agreed"
    assert plain.requests == []
    set_status(appeal=appeal, status=AppealStatus.AGREED)
    assert settle().state == State.DONE
    assert len(plain.orders) == 1


def test_a_service_that_refuses_one_order_does_not_hold_up_the_next(
    agree: Agree, ls: Connection, plain: LiveSkladPeer
) -> None:
    plain.script(livesklad.CREATE, [Reply(status=422, json={"success": False})])
    agree()
    agree()
    settle()
    assert sorted(OrderSync.objects.values_list("state", flat=True)) == ["done", "failed"]
    assert len(plain.orders) == 1


# Answers that are lost


@pytest.mark.parametrize("way", ["hangs up", "answers a page"])
def test_an_order_whose_answer_was_lost_is_found_and_not_made_twice(
    agree: Agree, ls_searching: Connection, searching: LiveSkladPeer, way: str
) -> None:
    if way == "hangs up":
        searching.accept_and_hang()
    else:
        searching.accept_and_answer_html()
    agree()
    sync = settle()
    assert sync.state == State.UNKNOWN
    look_for_unknown()
    drain()
    waits = OrderSync.objects.get()
    assert (waits.state, searching.to(livesklad.SEARCH)) == (State.QUEUED, []), "looked for too early"
    assert waits.due_at > timezone.now() + timedelta(seconds=90)
    later()
    sync = go()
    assert (sync.state, sync.external_order_id) == (State.DONE, "LS-12345")
    assert len(searching.orders) == 1
    assert [row.sync_status for row in SyncAttempt.objects.order_by("pk")] == ["unknown", "success"]


def test_the_operator_reads_that_a_lost_answer_is_looked_after(
    agree: Agree, ls_searching: Connection, searching: LiveSkladPeer, desk: Client
) -> None:
    searching.accept_and_hang()
    page = f"/admin/desk/{agree().conversation_id}/"
    settle()
    assert "сами посмотрим там" in desk.get(page).content.decode()
    look_for_unknown()
    drain()
    assert OrderSync.objects.get().state == State.QUEUED
    assert "поищем заказ там" in desk.get(page).content.decode()


def test_one_that_was_not_made_is_made_after_the_search(
    agree: Agree, ls_searching: Connection, searching: LiveSkladPeer
) -> None:
    searching.script(livesklad.CREATE, [Reply(close=True)])
    agree()
    settle()
    later()
    look_for_unknown()
    assert go().state == State.DONE
    assert len(searching.orders) == 1
    assert len(searching.to(livesklad.SEARCH)) == 1


@pytest.mark.parametrize("shape", ["plain", "rem"])
def test_where_the_service_cannot_be_asked_a_person_decides(
    agree: Agree, request: pytest.FixtureRequest, shape: str
) -> None:
    request.getfixturevalue({"plain": "ls", "rem": "ro"}[shape])
    peer: Any = request.getfixturevalue(shape)
    peer.script("GET /v1/orders", [Reply(status=404, json={"error": "no such method"})])
    peer.accept_and_hang()
    agree()
    settle()
    later()
    look_for_unknown()
    sync = go()
    assert (sync.state, sync.error_code) == (State.UNKNOWN, "not_searchable")
    look_for_unknown()
    assert go().state == State.UNKNOWN
    assert len(peer.orders) == 1


def test_livesklads_own_order_is_found_among_what_has_changed(
    agree: Agree, ls_own: Connection, own: LiveSkladOwnPeer
) -> None:
    own.accept_and_hang()
    agree()
    assert settle().state == State.UNKNOWN
    later()
    look_for_unknown()
    sync = go()
    assert sync.state == State.DONE
    assert [sync.external_order_id] == list(own.orders)


def test_an_order_whose_items_failed_gets_its_items_alone(
    agree: Agree, ro_own: Connection, roapp: ROAppPeer
) -> None:
    roapp.script(remonline.ADD_ITEM, [Reply(status=422, json={"message": "no such service"})])
    appeal = agree()
    sync = settle()
    assert (sync.state, sync.items, sync.external_order_id) == (State.FAILED, "waiting", "9000")
    assert [(row.step, row.sync_status) for row in SyncAttempt.objects.order_by("pk")] == [
        ("create", "success"),
        ("items", "failed"),
    ]
    order_now(appeal=appeal, connection=ro_own, member=None)
    assert go().state == State.DONE
    assert len(roapp.to(remonline.OWN_CREATE)) == 1
    assert len(roapp.items[9000]) == 2


def test_a_token_that_ended_is_replaced_once(agree: Agree, ls_own: Connection, own: LiveSkladOwnPeer) -> None:
    own.tokens.append("another-worker-signed-in-and-this-one-is-over")
    agree()
    assert settle().state == State.DONE
    assert len(own.to(livesklad.AUTH)) == 2
    assert len(own.orders) == 1


def test_the_accounts_own_count_pauses_it_before_it_refuses(
    agree: Agree, ls_own: Connection, own: LiveSkladOwnPeer
) -> None:
    own.left = 5
    agree()
    settle()
    ls_own.refresh_from_db()
    assert ls_own.is_paused
    assert AttemptStatus.FAILED not in SyncAttempt.objects.values_list("sync_status", flat=True)


def test_a_worker_that_comes_late_writes_nothing(agree: Agree, ls: Connection, plain: LiveSkladPeer) -> None:
    agree()
    order_agreed()
    sync = OrderSync.objects.get()

    def taken_meanwhile(request: Any) -> Reply:
        OrderSync.objects.update(attempts=7)
        database.close()  # this is the peer's own thread
        return plain._create(request)

    plain.route(livesklad.CREATE, taken_meanwhile)
    run("crm.OrderSync", sync.pk)
    sync.refresh_from_db()
    assert (sync.attempts, sync.external_order_id) == (7, "")
    assert not AppealEvent.objects.filter(kind=EventKind.ORDER).exists()
