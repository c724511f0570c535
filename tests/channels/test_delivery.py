"""Outgoing messages: sent once, in order, every try on record, every failure with its one consequence."""

import uuid
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone
from model_bakery import baker

from apps.channels.connectors import telegram
from apps.channels.delivery import lane_of, queue_delivery, repeatable, resend
from apps.channels.models import Attempt, Channel, Delivery
from apps.core.errors import Rejected
from apps.core.models import State
from apps.core.work.claim import runnable
from apps.core.work.perform import perform
from apps.core.work.registry import find
from apps.integrations.models import Connection, Health
from tests.channels.outbox import SEND, bot_peer, let_pass, make_bot, make_webchat, put, work
from tests.peers.exchange import Reply
from tests.peers.server import Peer

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _loopback(settings) -> None:
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.0/8"]


@pytest.fixture
def peer() -> Iterator[Peer]:
    with bot_peer() as peer:
        yield peer


@pytest.fixture
def channel(peer) -> Channel:
    return make_bot(peer.url)


def outcomes(delivery: Delivery) -> list[str]:
    return list(delivery.tries.values_list("outcome", flat=True))


def test_a_message_goes_out_once_and_its_try_is_on_record(channel, peer):
    delivery = work(put(channel, "Готово"))

    assert (delivery.state, delivery.reached, delivery.external_message_id) == (State.DONE, "sent", "1")
    assert delivery.sent_at is not None
    assert outcomes(delivery) == ["sent"]
    assert [request.json["text"] for request in peer.requests] == ["Готово"]

    work(delivery)
    assert len(peer.requests) == 1


def test_queueing_sends_nothing_and_knows_the_tenant(channel, peer):
    delivery = put(channel)

    assert peer.requests == []
    assert (delivery.state, delivery.tenant_id) == (State.QUEUED, channel.tenant_id)


def test_the_same_key_is_the_same_message(channel, peer):
    key = uuid.uuid4()

    assert put(channel, key=key).pk == put(channel, key=key).pk
    assert Delivery.objects.count() == 1


def test_a_key_of_another_channel_opens_nothing(channel, peer):
    key = uuid.uuid4()
    put(make_bot(peer.url), "Чужое", key=key)

    with pytest.raises(Rejected) as refused:
        put(channel, key=key)

    assert refused.value.code == "key_taken"


def test_messages_of_one_chat_go_out_in_order_and_other_chats_do_not_wait(channel, peer):
    first, second, other = put(channel, "1"), put(channel, "2"), put(channel, "3", chat="88")

    due = set(runnable(find("channels.Delivery"), timezone.now()).values_list("pk", flat=True))

    assert due == {first.pk, other.pk}
    work(first)
    let_pass(1)
    assert work(second).state == State.DONE


def test_a_chat_with_a_very_long_id_has_a_lane_of_its_own(channel):
    one, two = lane_of(channel, "x" * 200), lane_of(channel, "x" * 199 + "y")

    assert one != two
    assert max(len(one), len(two)) <= 120


def test_nul_and_lone_surrogates_do_not_break_the_queue(channel, peer):
    assert work(put(channel, "а\x00б\ud83d")).state == State.DONE


def bot_error(code: int, words: str) -> Reply:
    return Reply(status=code, json={"ok": False, "error_code": code, "description": words})


@pytest.mark.parametrize(
    ("reply", "state", "code", "outcome"),
    [
        (bot_error(400, "Bad Request: chat not found"), State.FAILED, "recipient_gone", "recipient_gone"),
        (bot_error(401, "Unauthorized"), State.FAILED, "auth_failed", "auth_failed"),
        # No answer keeps one name in the tries, whatever cut it off.
        (Reply(close=True), State.UNKNOWN, "connection_broken", "outcome_unknown"),
    ],
)
def test_every_refusal_has_its_consequence_and_is_on_record(channel, peer, reply, state, code, outcome):
    peer.script(SEND, [reply])

    delivery = work(put(channel))

    assert (delivery.state, delivery.error_code, outcomes(delivery)) == (state, code, [outcome])
    assert delivery.tries.get().finished_at is not None


def test_a_dead_token_stops_the_queue_of_its_connection_only(channel, peer):
    peer.script(
        SEND, [Reply(status=401, json={"ok": False, "error_code": 401, "description": "Unauthorized"})]
    )
    first = put(channel, "1")
    second = put(channel, "2", chat="88")
    elsewhere = put(make_bot(peer.url), "3")

    work(first)
    parked = work(second)

    assert Connection.objects.get(pk=channel.connection_id).health == Health.NEEDS_RECONNECT
    assert (parked.state, parked.error_code, outcomes(parked)) == (State.FAILED, "auth_failed", [])
    assert work(elsewhere).state == State.DONE
    assert len(peer.requests) == 2


def test_a_rate_limit_pauses_the_whole_connection_and_counts_as_no_failure(channel, peer):
    limited = {"ok": False, "error_code": 429, "description": "x", "parameters": {"retry_after": 30}}
    peer.script(SEND, [Reply(status=429, json=limited)])
    first, second = work(put(channel, "1")), put(channel, "2", chat="88")

    waiting = work(second)

    assert [(row.state, row.failures) for row in (first, waiting)] == [(State.QUEUED, 0), (State.QUEUED, 0)]
    assert waiting.due_at > timezone.now() + timedelta(seconds=25)
    assert len(peer.requests) == 1


@pytest.mark.parametrize("status", [200, 400])
def test_what_the_service_calls_our_request_is_kept_with_the_try(channel, peer, status):
    """Its support asks for that number, of what failed above all."""
    said = {"ok": True, "result": {"message_id": 5, "date": 1, "chat": {"id": 77, "type": "private"}}}
    refused = {"ok": False, "error_code": 400, "description": "Bad Request: message is empty"}
    answer = said if status == 200 else refused
    peer.script(SEND, [Reply(status=status, json=answer, headers={"X-Request-Id": "req-1"})])

    sent = work(put(channel))

    assert [one.request_id for one in sent.tries.all()] == ["req-1"]


def test_a_disconnected_channel_parks_what_was_queued_without_a_try(channel, peer):
    delivery = put(channel)
    Connection.objects.update(is_active=False)

    parked = work(delivery)

    assert (parked.state, parked.error_code) == (State.FAILED, "disconnected")
    assert peer.requests == []
    assert Connection.objects.get().health == Health.OK


def test_a_channel_switched_off_meanwhile_refuses_with_the_gates_reason(channel, peer):
    delivery = put(channel)
    Channel.objects.update(is_active=False)

    parked = work(delivery)

    assert (parked.state, parked.error_code) == (State.FAILED, "refused")
    assert parked.error_text == "This channel is switched off."
    assert peer.requests == []


def test_a_worker_that_slept_through_its_lease_does_not_send(channel, peer):
    delivery = put(channel)
    Delivery.objects.update(state=State.RUNNING, attempts=2)
    delivery.refresh_from_db()
    stale = Delivery.objects.get(pk=delivery.pk)
    stale.attempts = 1

    perform(find("channels.Delivery"), stale)

    assert peer.requests == []
    assert Attempt.objects.count() == 0


def test_what_had_not_left_yet_may_run_again_and_what_may_have_left_may_not(channel, peer):
    delivery = put(channel)
    Delivery.objects.update(state=State.RUNNING, attempts=1)
    delivery.refresh_from_db()

    assert repeatable(delivery)
    Attempt.objects.create(delivery=delivery, number=1)
    assert not repeatable(delivery)
    Attempt.objects.update(outcome="outcome_unknown")
    assert not repeatable(delivery)
    Attempt.objects.update(outcome="transient")
    assert repeatable(delivery)


def test_where_the_service_knows_our_key_a_lost_answer_is_asked_for_again():
    channel = make_webchat()
    delivery = baker.make(Delivery, tenant=channel.tenant, channel=channel, attempts=1, state=State.RUNNING)
    Attempt.objects.create(delivery=delivery, number=1)

    assert repeatable(delivery)


def test_our_own_error_during_a_send_is_unknown_and_never_repeated_by_itself(channel, peer, monkeypatch):
    def broken(opened, message):
        raise ZeroDivisionError

    monkeypatch.setattr(telegram, "send", broken)

    delivery = work(put(channel))

    assert (delivery.state, delivery.error_code, outcomes(delivery)) == (State.UNKNOWN, "internal", [""])


def test_a_person_may_send_an_unknown_one_again_and_both_tries_are_seen(channel, peer):
    peer.script(SEND, [Reply(close=True)])
    delivery = work(put(channel))

    let_pass(1)
    assert resend(delivery=delivery, by="Анна")
    sent = work(delivery)

    assert (sent.state, sent.reached, sent.error_code) == (State.DONE, "sent", "")
    assert outcomes(sent) == ["outcome_unknown", "sent"]
    assert len(peer.requests) == 2


def test_resending_says_who_decided_and_only_once(channel, peer):
    peer.script(SEND, [Reply(close=True)])
    delivery = work(put(channel))

    assert [resend(delivery=delivery, by="Анна"), resend(delivery=delivery, by="Пётр")] == [True, False]
    assert Delivery.objects.get().note == "↻ Анна"


def test_what_was_sent_is_not_sent_again_by_a_stale_page(channel, peer):
    delivery = put(channel)
    work(delivery)

    assert not resend(delivery=delivery, by="Анна")
    assert work(delivery).state == State.DONE
    assert len(peer.requests) == 1


def test_resending_through_a_dead_connection_is_refused_at_once(channel, peer):
    peer.script(SEND, [Reply(close=True)])
    work(put(channel))
    Connection.objects.update(health=Health.NEEDS_RECONNECT)

    with pytest.raises(Rejected):
        resend(delivery=Delivery.objects.get(), by="Анна")


def test_a_first_success_heals_the_connection(channel, peer):
    Connection.objects.update(health=Health.ERROR)
    delivery = put(channel)

    work(delivery)

    assert Connection.objects.get().health == Health.OK


def test_no_token_is_in_anything_stored(channel, peer):
    peer.script(SEND, [Reply(close=True)])
    delivery = work(put(channel))

    assert "AbCdEf" not in f"{delivery.error_text} {delivery.note} {outcomes(delivery)}"


def test_queueing_is_refused_with_a_reason_people_understand(channel):
    with pytest.raises(Rejected) as refused:
        queue_delivery(channel=channel, external_chat_id="1", external_user_id="1", text="  \n")

    assert refused.value.code == "refused"
    assert str(refused.value.public)
