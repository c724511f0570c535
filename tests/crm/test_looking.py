"""How an order stands comes back: with its own name and ours, told once, and a message is only proposed."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.appeals.event_texts import told
from apps.appeals.models import AppealEvent, EventKind, Message
from apps.core.models import State
from apps.crm import looking
from apps.crm.contract import OrderStatus
from apps.crm.models import OrderLook, OrderSync, Proposal, ProposalFate, StatusMapping, SyncAttempt
from apps.crm.ordering import order_now
from apps.integrations.models import Connection, Health
from tests.crm.conftest import Agree
from tests.crm.steps import go, look, settle
from tests.peers import livesklad, remonline
from tests.peers.livesklad import LiveSkladOwnPeer, LiveSkladPeer
from tests.peers.remonline import ROAppPeer
from tests.peers.server import Reply
from tests.work import drain

pytestmark = pytest.mark.django_db(transaction=True)


def lines() -> list[str]:
    return [told(one) for one in AppealEvent.objects.filter(kind=EventKind.ORDER).order_by("pk")]


def test_the_documents_statuses_are_kept_as_it_says(
    agree: Agree, ls: Connection, plain: LiveSkladPeer
) -> None:
    appeal = agree()
    settle()
    plain.move("LS-12345", "in_progress", "parts_ordered")
    look()
    appeal.refresh_from_db()
    assert (appeal.crm_status, appeal.crm_repair_status) == ("in_progress", "parts_ordered")
    sync = OrderSync.objects.get()
    assert (sync.status, sync.remote_status) == (OrderStatus.IN_PROGRESS, "in_progress")
    assert sync.remote_at is not None
    assert sync.remote_at.isoformat() == "2025-11-23T14:00:00+00:00"
    assert lines() == [
        "LiveSklad: заказ LS-12345 создан",
        "LiveSklad, заказ LS-12345: новый → в ремонте · parts_ordered",
    ]
    look()
    assert len(lines()) == 2, "told again what is no news"
    assert [row.step for row in SyncAttempt.objects.order_by("pk")] == ["create", "status"]


def test_the_same_by_another_word_is_no_news(agree: Agree, ls: Connection, plain: LiveSkladPeer) -> None:
    appeal = agree()
    settle()
    plain.move("LS-12345", "new", "Новый")
    look()
    appeal.refresh_from_db()
    assert (appeal.crm_status, appeal.crm_repair_status) == ("new", "Новый")
    assert lines() == ["LiveSklad: заказ LS-12345 создан"]


def test_livesklads_own_statuses_have_their_kind_and_keep_their_name(
    agree: Agree, ls_own: Connection, own: LiveSkladOwnPeer
) -> None:
    appeal = agree()
    sync = settle()
    own.move(sync.external_order_id, "Ждём запчасть", "wait")
    look()
    appeal.refresh_from_db()
    assert (appeal.crm_status, appeal.crm_repair_status) == ("waiting", "Ждём запчасть")
    assert OrderSync.objects.get().number == "А-1"


def test_ro_apps_statuses_come_by_reading_each(agree: Agree, ro_own: Connection, roapp: ROAppPeer) -> None:
    appeal = agree()
    settle()
    roapp.move(9000, "Готов к выдаче", 4)
    look()
    appeal.refresh_from_db()
    assert (appeal.crm_status, appeal.crm_repair_status) == ("ready", "Готов к выдаче")


def test_of_an_order_whose_items_were_refused_the_making_is_told_first_and_its_status_comes(
    agree: Agree, ro_own: Connection, roapp: ROAppPeer
) -> None:
    roapp.script(remonline.ADD_ITEM, [Reply(status=422, json={"message": "no such service"})])
    appeal = agree()
    assert settle().state == State.FAILED
    look()
    roapp.move(9000, "В работе", 2)
    look()
    assert lines() == [
        "RemOnline: заказ A9000 создан",
        "RemOnline, заказ A9000: новый → в ремонте · В работе",
    ]
    assert len(roapp.to(remonline.ADD_ITEM)) == 1, "a refusal was asked for again and again"
    order_now(appeal=appeal, connection=ro_own, member=None)
    assert go().state == State.DONE
    assert len(roapp.items[9000]) == 2
    assert len(lines()) == 2


def test_the_organisations_own_mapping_goes_before_the_crms_kind(
    agree: Agree, ls_own: Connection, own: LiveSkladOwnPeer
) -> None:
    StatusMapping.objects.create(
        tenant=ls_own.tenant, connection=ls_own, remote="Отказ", status=OrderStatus.CANCELLED
    )
    appeal = agree()
    sync = settle()
    own.move(sync.external_order_id, "Отказ", "closed")
    look()
    appeal.refresh_from_db()
    assert (appeal.crm_status, appeal.crm_repair_status) == ("cancelled", "Отказ")


def test_an_order_that_is_over_is_not_asked_for_any_more(
    agree: Agree, ls: Connection, plain: LiveSkladPeer
) -> None:
    agree()
    settle()
    plain.move("LS-12345", "completed", "")
    look()
    asked = len(plain.requests)
    look()
    assert len(plain.requests) == asked


def test_an_order_deleted_there_is_told_once_and_can_be_made_anew(
    agree: Agree, ls: Connection, plain: LiveSkladPeer, desk: Client
) -> None:
    appeal = agree()
    settle()
    plain.orders.clear()
    look()
    look()
    assert lines()[-1] == "LiveSklad: заказа LS-12345 там больше нет"
    assert len(lines()) == 2
    appeal.refresh_from_db()
    assert appeal.crm_status == ""
    sync = OrderSync.objects.get()
    assert sync.gone_at is not None
    page = desk.get(f"/admin/desk/{appeal.conversation_id}/").content.decode()
    assert "кто-то удалил его там" in page
    answer = desk.post(f"/admin/desk/{appeal.conversation_id}/orders/{sync.pk}/decide/", {"anew": "1"})
    assert answer.status_code == 200
    assert go().state == State.DONE
    assert len(plain.orders) == 1


def test_orders_of_one_moment_all_come_and_the_cursor_moves_on(
    agree: Agree, ls_own: Connection, own: LiveSkladOwnPeer
) -> None:
    agree()
    sync = settle()
    at = int(timezone.now().timestamp() * 1000)
    for number in range(120):
        own.orders[f"other-{number}"] = {
            "id": f"other-{number}",
            "number": str(number),
            "status": livesklad.NEW,
            "lastAction": at,
        }
    own.move(sync.external_order_id, "В работе", "inWork", at=at)
    look()
    assert OrderSync.objects.get().status == OrderStatus.IN_PROGRESS
    assert [one.query["page"] for one in own.to(livesklad.OWN_LIST)] == [["1"], ["2"], ["3"]]
    [cursor] = OrderLook.objects.get().cursor.values()
    assert cursor["page"] == 1
    assert at - 200_000 < cursor["from"] <= at


def test_a_look_that_is_limited_leaves_off_and_takes_nothing_back(
    agree: Agree, ls: Connection, plain: LiveSkladPeer
) -> None:
    agree()
    agree()
    settle()
    plain.script(livesklad.READ, [Reply(status=429, headers={"Retry-After": "30"}, json={})])
    look()
    ls.refresh_from_db()
    assert ls.is_paused
    assert len(plain.to(livesklad.READ)) == 1


@pytest.mark.parametrize(
    ("reply", "health"),
    [
        (Reply(status=401, json={}), Health.NEEDS_RECONNECT),
        (Reply(body="<html>login</html>", headers={"Content-Type": "text/html"}), Health.OK),
        (Reply(close=True), Health.OK),
    ],
)
def test_what_a_look_meets_says_what_it_says_of_the_connection(
    agree: Agree, ls: Connection, plain: LiveSkladPeer, reply: Reply, health: str
) -> None:
    agree()
    settle()
    plain.script(livesklad.READ, [reply])
    look()
    ls.refresh_from_db()
    assert ls.health == health
    assert OrderSync.objects.get().gone_at is None


def test_a_round_begins_five_minutes_after_the_last_and_once(
    agree: Agree, ls: Connection, plain: LiveSkladPeer
) -> None:
    assert looking.begin_rounds() == 0, "there is nothing to look at"
    agree()
    settle()
    assert looking.begin_rounds() == 1
    assert looking.begin_rounds() == 0
    drain()
    assert looking.begin_rounds() == 0
    OrderLook.objects.update(round_at=timezone.now() - timedelta(minutes=6))
    assert looking.begin_rounds() == 1


def test_a_round_that_comes_to_the_end_of_the_budget_goes_on_from_there(
    agree: Agree, ro_own: Connection, roapp: ROAppPeer
) -> None:
    for _ in range(3):
        agree()
    settle()
    for number in roapp.orders:
        roapp.move(number, "Готов", 4)
    look()
    assert set(OrderSync.objects.values_list("status", flat=True)) == {"ready"}
    assert OrderLook.objects.get().attempts > 1
    assert OrderLook.objects.get().failures == 0


# What the client may be told


@pytest.fixture
def ready(agree: Agree, ls_own: Connection, own: LiveSkladOwnPeer) -> Callable[[], Any]:
    StatusMapping.objects.create(
        tenant=ls_own.tenant,
        connection=ls_own,
        remote="Готов",
        status=OrderStatus.READY,
        message="{name}, ваш {device} готов, заказ {number}.",
    )

    def make() -> Any:
        appeal = agree()
        sync = settle()
        own.move(sync.external_order_id, "Готов", "finish")
        look()
        return appeal

    return make


def test_a_change_proposes_a_message_and_sends_none(ready: Callable[[], Any], desk: Client) -> None:
    appeal = ready()
    proposal = Proposal.objects.get()
    assert proposal.text == "Иван Петров, ваш Apple iPhone 14 готов, заказ А-1."
    assert not Message.objects.exists()
    page = desk.get(f"/admin/desk/{appeal.conversation_id}/").content.decode()
    assert proposal.text in page
    look()
    assert Proposal.objects.count() == 1


def test_the_operator_sends_it_as_they_left_it_and_once(ready: Callable[[], Any], desk: Client) -> None:
    appeal = ready()
    proposal = Proposal.objects.get()
    address = f"/admin/desk/{appeal.conversation_id}/orders/proposals/{proposal.pk}/send/"
    assert desk.post(address, {"text": "Готово, приезжайте."}).status_code == 200
    assert desk.post(address, {"text": "Готово, приезжайте."}).status_code == 422
    assert [one.text for one in Message.objects.all()] == ["Готово, приезжайте."]
    proposal.refresh_from_db()
    assert proposal.fate == ProposalFate.SENT
    assert proposal.decided_by is not None


def test_it_is_discarded_or_outdated_by_the_next_status(
    ready: Callable[[], Any], desk: Client, own: LiveSkladOwnPeer
) -> None:
    appeal = ready()
    sync = OrderSync.objects.get()
    own.move(sync.external_order_id, "Выдан", "closed")
    look()
    assert Proposal.objects.get().fate == ProposalFate.OUTDATED
    Proposal.objects.update(fate=ProposalFate.WAITING)
    proposal = Proposal.objects.get()
    desk.post(f"/admin/desk/{appeal.conversation_id}/orders/proposals/{proposal.pk}/discard/")
    proposal.refresh_from_db()
    assert proposal.fate == ProposalFate.DISCARDED
    assert not Message.objects.exists()
