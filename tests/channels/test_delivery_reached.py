"""Statuses in any order: only forward, never lost, never contradicting what the client has."""

from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from django.utils import timezone
from model_bakery import baker

from apps.channels.connectors import webchat
from apps.channels.contract import Reached
from apps.channels.delivery import advance
from apps.channels.models import Attempt, Channel, ChatVisitor, Delivery
from apps.channels.reached import AnswerPending, advance_up_to, is_echo
from apps.core.models import State
from apps.core.work.perform import perform
from apps.core.work.registry import find
from tests.channels.outbox import make_bot, make_webchat, put

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
AT = {
    Reached.SENT: NOON,
    Reached.DELIVERED: NOON + timedelta(seconds=1),
    Reached.READ: NOON + timedelta(seconds=2),
    Reached.FAILED: NOON,
}


@pytest.fixture
def channel() -> Channel:
    return make_bot("http://127.0.0.1:9")


def sent(channel: Channel, **fields) -> Delivery:
    values = {"state": State.DONE, "reached": "sent", "external_message_id": "42", "external_chat_id": "77"}
    delivery: Delivery = baker.make(Delivery, tenant=channel.tenant, channel=channel, **(values | fields))
    return delivery


def tell(channel: Channel, reached: Reached, **options) -> Delivery | None:
    return advance(channel=channel, external_message_id="42", reached=reached, at=AT[reached], **options)


@pytest.mark.parametrize("order", list(permutations([Reached.SENT, Reached.DELIVERED, Reached.READ])))
def test_any_order_of_arrival_ends_the_same(channel, order):
    sent(channel)

    for reached in order:
        tell(channel, reached)
        tell(channel, reached)

    delivery = Delivery.objects.get()
    assert (delivery.reached, delivery.state) == ("read", State.DONE)
    assert (delivery.delivered_at, delivery.read_at) == (AT[Reached.DELIVERED], AT[Reached.READ])


@pytest.mark.parametrize("order", list(permutations([Reached.FAILED, Reached.DELIVERED])))
def test_what_arrived_is_not_shown_as_failed_whichever_came_first(channel, order):
    sent(channel)

    for reached in order:
        tell(channel, reached, code="131026" if reached == Reached.FAILED else "")

    delivery = Delivery.objects.get()
    assert (delivery.reached, delivery.state, delivery.error_code) == ("delivered", State.DONE, "")


def test_a_refusal_after_the_fact_makes_it_failed_with_the_vendors_code(channel):
    sent(channel)

    tell(channel, Reached.FAILED, code="131026")

    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.error_code) == (State.FAILED, "131026")
    assert delivery.error_text


def test_read_without_delivered_has_both_instants(channel):
    sent(channel)

    tell(channel, Reached.READ)

    delivery = Delivery.objects.get()
    assert delivery.delivered_at == delivery.read_at == AT[Reached.READ]


def test_a_late_delivered_settles_an_unknown_one(channel):
    sent(channel, state=State.UNKNOWN, reached="", error_code="outcome_unknown", error_text="?")

    tell(channel, Reached.DELIVERED)

    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.error_code, delivery.error_text) == (State.DONE, "", "")


def test_a_late_delivered_calls_off_a_resend_that_waits(channel):
    sent(channel, state=State.QUEUED, reached="")

    tell(channel, Reached.DELIVERED)

    assert Delivery.objects.get().state == State.DONE


def test_an_id_of_another_channel_moves_nothing(channel):
    sent(make_bot("http://127.0.0.1:9"))

    assert tell(channel, Reached.READ) is None
    assert Delivery.objects.get().reached == "sent"


def test_a_status_of_nobody_is_told_apart_at_once(channel):
    sent(channel, external_message_id="41")

    assert tell(channel, Reached.READ) is None


def test_a_status_that_comes_before_the_id_is_saved_waits_for_it(channel):
    delivery = sent(channel, state=State.RUNNING, external_message_id="", reached="", attempts=1)
    attempt = Attempt.objects.create(delivery=delivery, number=1)

    with pytest.raises(AnswerPending) as pending:
        tell(channel, Reached.DELIVERED)
    assert pending.value.after <= timedelta(seconds=2)

    Attempt.objects.filter(pk=attempt.pk).update(outcome="sent")
    Delivery.objects.update(state=State.DONE, external_message_id="42", reached="sent")
    assert tell(channel, Reached.DELIVERED) is not None
    assert Delivery.objects.get().reached == "delivered"


def test_a_send_that_began_after_the_status_came_is_not_waited_for(channel):
    delivery = sent(channel, state=State.RUNNING, external_message_id="", reached="", attempts=1)
    Attempt.objects.create(delivery=delivery, number=1)

    assert tell(channel, Reached.READ, received_at=timezone.now() - timedelta(seconds=5)) is None


def test_the_answer_that_comes_after_a_status_does_not_undo_it(monkeypatch):
    channel = make_webchat()
    baker.make(ChatVisitor, channel=channel, external_id="v1")
    delivery = put(channel, chat="v1")
    real = webchat.send

    def overtaken(opened, message):
        answer = real(opened, message)
        advance(
            channel=channel,
            external_message_id=answer.external_message_id,
            key=message.key,
            reached=Reached.READ,
            at=NOON,
        )
        return answer

    monkeypatch.setattr(webchat, "send", overtaken)
    Delivery.objects.update(state=State.RUNNING, attempts=1)
    perform(find("channels.Delivery"), Delivery.objects.get())

    delivery.refresh_from_db()
    assert (delivery.state, delivery.reached, delivery.read_at) == (State.DONE, "read", NOON)


def test_a_status_during_a_try_that_dies_is_not_sent_again():
    channel = make_webchat()
    delivery = sent(channel, state=State.RUNNING, reached="", external_message_id="", attempts=1)
    tell(channel, Reached.DELIVERED, key=str(delivery.key))
    Delivery.objects.update(attempts=2)

    perform(find("channels.Delivery"), Delivery.objects.get())

    assert Delivery.objects.get().state == State.DONE
    assert Attempt.objects.count() == 0


def all_read(channel: Channel, **options) -> int:
    values: dict[str, Any] = {"external_chat_id": "77", "reached": Reached.READ, "at": NOON} | options
    return advance_up_to(channel=channel, **values)


def test_all_up_to_one_of_ours_is_read_and_nothing_after_it(channel):
    for number in (41, 42, 43):
        sent(channel, external_message_id=str(number))
    sent(channel, external_message_id="40", external_chat_id="78")

    assert all_read(channel, external_message_id="42") == 2
    assert all_read(channel, external_message_id="42") == 0
    read = Delivery.objects.filter(reached="read").values_list("external_message_id", flat=True)
    assert sorted(read) == ["41", "42"]


def test_all_sent_until_a_time_is_read_and_what_failed_is_not(channel):
    sent(channel, external_message_id="1", sent_at=NOON - timedelta(minutes=1))
    sent(channel, external_message_id="2", sent_at=NOON + timedelta(minutes=1))
    sent(channel, external_message_id="3", sent_at=NOON, state=State.FAILED, reached="failed")

    assert all_read(channel, external_message_id="unknown") == 1
    assert Delivery.objects.get(reached="read").external_message_id == "1"


def test_a_mark_at_a_message_still_under_way_is_looked_at_again(channel):
    row = sent(channel, external_message_id="", reached="", state=State.RUNNING, attempts=1)
    Attempt.objects.create(delivery=row, number=1)

    with pytest.raises(AnswerPending):
        all_read(channel, external_message_id="42")


def echoed(channel: Channel, message_id: str = "42", chat: str = "77", came: datetime | None = None) -> bool:
    return is_echo(
        channel=channel,
        external_chat_id=chat,
        external_message_id=message_id,
        received_at=came or timezone.now(),
    )


def test_an_echo_of_what_we_sent_is_known_by_its_id(channel):
    sent(channel)
    assert echoed(channel)
    assert not echoed(channel, "43")
    assert not echoed(channel, "")


def test_an_echo_that_overtook_its_answer_is_looked_at_again(channel):
    row = sent(channel, external_message_id="", reached="", state=State.RUNNING, attempts=1)
    Attempt.objects.create(delivery=row, number=1)
    with pytest.raises(AnswerPending):
        echoed(channel)
    assert not echoed(channel, chat="78")
    assert not echoed(channel, came=timezone.now() - timedelta(minutes=1))
