"""Whether a client has read what we sent, where the service must be asked: when, how often, and when not."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.db import connection as database
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.channels import readchecks
from apps.channels.contract import Capability
from apps.channels.models import Channel, Delivery, ReadCheck
from apps.channels.readchecks import A_MINUTE, BURST, LATEST, PATIENCE, SOONEST, SPARE, pause_after
from apps.core.models import Bucket, State
from apps.core.work.perform import run
from apps.core.work.recover import recover
from apps.integrations.models import Connection, Health
from apps.integrations.registry import connectors
from tests.channels.bots import make_bot
from tests.channels.outbox import let_pass, put, work, worker_process
from tests.channels.test_avito_send import make_account
from tests.peers.avito import ACCOUNT, AvitoPeer
from tests.peers.server import Reply
from tests.peers.telegram import TelegramPeer

pytestmark = pytest.mark.django_db

CHAT = "u2i-1"
NOW = timezone.now().replace(microsecond=0)
HISTORY = "GET /messenger/v3/accounts/{user}/chats/{chat}/messages/"


@pytest.fixture
def avito(settings: Any) -> Iterator[AvitoPeer]:
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.0/8"]
    with AvitoPeer() as peer:
        yield peer


@pytest.fixture
def channel(avito: AvitoPeer) -> Channel:
    return make_account(avito)


def send(avito: AvitoPeer, channel: Channel, text: str = "3500 рублей", *, chat: str = CHAT) -> Delivery:
    """It is with Avito, and stands in the chat's history there, unread by the client."""
    delivery = work(put(channel, text, chat=chat))
    row = {
        "id": delivery.external_message_id,
        "author_id": ACCOUNT,
        "created": int(timezone.now().timestamp()),
        "direction": "out",
        "type": "text",
        "content": {"text": text},
        "is_read": True,  # of our own messages the account itself has always read all
        "read": None,
    }
    avito.messages.setdefault(chat, []).insert(0, row)
    return delivery


def client_reads(avito: AvitoPeer, delivery: Delivery, *, at: datetime = NOW) -> None:
    (row,) = [
        row for row in avito.messages[delivery.external_chat_id] if row["id"] == delivery.external_message_id
    ]
    row["read"] = int(at.timestamp())


def look(chat: str = CHAT, *, age: timedelta = timedelta()) -> ReadCheck:
    """As if it were due, `age` later."""
    Delivery.objects.update(sent_at=F("sent_at") - age)
    ReadCheck.objects.filter(external_chat_id=chat, state=State.QUEUED).update(due_at=timezone.now())
    row = ReadCheck.objects.get(external_chat_id=chat)
    run("channels.ReadCheck", row.pk)
    row.refresh_from_db()
    return row


def reached(delivery: Delivery) -> str:
    return str(Delivery.objects.get(pk=delivery.pk).reached)


def pause(row: ReadCheck) -> timedelta:
    return row.due_at - timezone.now()


def test_whoever_has_to_be_asked_says_that_reading_is_known() -> None:
    asked = {slug for slug, module in connectors().items() if hasattr(module, "read_times")}
    assert asked == {"avito"}
    assert all(Capability.READ in connectors()[slug].SPEC.capabilities for slug in asked)


# --- what is learnt


def test_what_the_client_has_read_is_read_and_asked_about_no_more(avito: AvitoPeer, channel: Channel) -> None:
    delivery = send(avito, channel)
    client_reads(avito, delivery)
    row = look()
    delivery.refresh_from_db()
    assert (delivery.reached, delivery.read_at, delivery.delivered_at) == ("read", NOW, NOW)
    assert (row.state, row.asked_at is not None) == (State.DONE, True)


def test_that_the_account_itself_has_read_it_says_nothing_of_the_client(
    avito: AvitoPeer, channel: Channel
) -> None:
    """`is_read` is true of each message of ours from the start."""
    delivery = send(avito, channel)
    row = look()
    assert (reached(delivery), row.state) == ("sent", State.QUEUED)


def test_each_message_is_read_by_its_own_mark_alone(avito: AvitoPeer, channel: Channel) -> None:
    first, second = send(avito, channel, "раз"), send(avito, channel, "два")
    client_reads(avito, first)
    assert (look().state, reached(first), reached(second)) == (State.QUEUED, "read", "sent")
    client_reads(avito, second, at=NOW + timedelta(days=400))
    assert look().state == State.DONE
    second.refresh_from_db()
    assert second.read_at is not None
    assert second.read_at <= timezone.now()  # whatever clock Avito has


def test_one_question_answers_for_all_messages_of_a_chat(avito: AvitoPeer, channel: Channel) -> None:
    for text in ("раз", "два", "три"):
        client_reads(avito, send(avito, channel, text))
    look()
    assert len(avito.to(HISTORY)) == 1
    assert Delivery.objects.filter(reached="read").count() == 3


# --- when it is asked


def test_it_is_looked_at_soon_after_sending_and_then_ever_more_rarely(
    avito: AvitoPeer, channel: Channel
) -> None:
    send(avito, channel)
    row = ReadCheck.objects.get()
    assert timedelta(seconds=25) < pause(row) <= SOONEST
    let_pass(60)
    assert pause(look(age=timedelta(minutes=10))) > timedelta(minutes=4, seconds=55)
    let_pass(60)
    assert pause(look(age=timedelta(hours=2))) > timedelta(hours=1)
    pauses = [pause_after(timedelta(minutes=age)) for age in (0, 1, 10, 600, 4000)]
    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (SOONEST, LATEST)


def test_what_was_not_read_for_days_is_asked_about_no_more(avito: AvitoPeer, channel: Channel) -> None:
    delivery = send(avito, channel)
    client_reads(avito, delivery)
    assert look(age=PATIENCE).state == State.DONE
    assert (avito.to(HISTORY), reached(delivery)) == ([], "sent")


def test_a_further_message_brings_the_next_look_forward(avito: AvitoPeer, channel: Channel) -> None:
    send(avito, channel)
    assert pause(look(age=timedelta(hours=5))) > timedelta(hours=2)
    send(avito, channel, "Ждём вас")
    assert pause(ReadCheck.objects.get()) <= SOONEST


def test_a_chat_in_which_all_was_read_is_looked_at_again_after_the_next_message(
    avito: AvitoPeer, channel: Channel
) -> None:
    client_reads(avito, send(avito, channel))
    assert look().state == State.DONE
    send(avito, channel, "Ждём вас")
    row = ReadCheck.objects.get()
    assert (row.state, pause(row) <= SOONEST) == (State.QUEUED, True)


@pytest.mark.parametrize("read_all", [True, False])
def test_what_is_sent_while_the_chat_is_looked_at_is_not_forgotten(
    avito: AvitoPeer, channel: Channel, read_all: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = send(avito, channel)
    if read_all:
        client_reads(avito, first)
    ask = readchecks._ask

    def ask_while_somebody_writes(*args: Any, **options: Any) -> Any:
        times = ask(*args, **options)
        send(avito, channel, "Ждём вас")
        return times

    monkeypatch.setattr(readchecks, "_ask", ask_while_somebody_writes)
    row = look(age=timedelta(hours=9))
    assert (row.state, pause(row) <= SOONEST) == (State.QUEUED, True)


# --- what it costs


def test_so_many_questions_a_minute_and_no_more(avito: AvitoPeer, channel: Channel) -> None:
    for number in range(BURST + 3):
        send(avito, channel, chat=f"u2i-{number}")
        let_pass(10)
    ReadCheck.objects.update(due_at=timezone.now())
    for number in range(BURST + 3):
        run("channels.ReadCheck", ReadCheck.objects.get(external_chat_id=f"u2i-{number}").pk)
    assert len(avito.to(HISTORY)) == BURST
    waiting = list(ReadCheck.objects.filter(asked_at=None).order_by("due_at"))
    assert [row.state for row in waiting] == [State.QUEUED] * 3
    apart = timedelta(minutes=1) / A_MINUTE
    gaps = [later.due_at - sooner.due_at for sooner, later in pairwise(waiting)]
    assert all(gap > apart / 2 for gap in gaps)


def test_old_messages_leave_the_last_questions_to_new_ones(avito: AvitoPeer, channel: Channel) -> None:
    for number in range(BURST):
        send(avito, channel, chat=f"u2i-{number}")
        let_pass(10)
    for number in range(BURST):
        look(f"u2i-{number}", age=timedelta(hours=1))
    assert len(avito.to(HISTORY)) == BURST - SPARE
    Delivery.objects.filter(external_chat_id="u2i-3").update(sent_at=timezone.now())
    look("u2i-3")
    assert len(avito.to(HISTORY)) == BURST - SPARE + 1


def test_what_waits_to_be_sent_comes_before_it(avito: AvitoPeer, channel: Channel) -> None:
    """Of the account's rate it leaves to people what they may need at once."""
    send(avito, channel)
    rate = connectors()["avito"].SPEC.rate
    assert rate is not None
    key = f"connection:{channel.connection_id}"
    Bucket.objects.filter(key=key).update(tokens=rate.spare, updated_at=timezone.now())
    row = look()
    assert (avito.to(HISTORY), row.state) == ([], State.QUEUED)
    assert (row.failures, row.error_code) == (0, "")
    assert work(put(channel, "Ждём вас", chat="u2i-2")).state == State.DONE


def test_a_look_costs_few_queries(avito: AvitoPeer, channel: Channel) -> None:
    """Most of them are what any work and any request cost."""

    def cost() -> int:
        ReadCheck.objects.update(state=State.QUEUED, due_at=timezone.now())
        with CaptureQueriesContext(database) as asked:
            run("channels.ReadCheck", ReadCheck.objects.get().pk)
        return len(asked)

    client_reads(avito, send(avito, channel, "раз"))
    look()
    send(avito, channel, "два")
    let_pass(60)
    assert cost() == 19
    client_reads(avito, Delivery.objects.latest("pk"))
    look()
    assert cost() == 13


def test_a_service_that_tells_by_itself_is_never_asked(settings: Any) -> None:
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.0/8"]
    with TelegramPeer() as peer:
        delivery = work(put(make_bot(base_url=peer.url), chat="700000001"))
    assert (delivery.state, ReadCheck.objects.count()) == (State.DONE, 0)


# --- when it is not


@pytest.mark.parametrize("health", [Health.NEEDS_RECONNECT, Health.MISCONFIGURED])
def test_a_connection_that_waits_for_a_person_is_left_alone_until_it_works(
    avito: AvitoPeer, channel: Channel, health: Health
) -> None:
    delivery = send(avito, channel)
    client_reads(avito, delivery)
    Connection.objects.update(health=health)
    row = look()
    assert (avito.to(HISTORY), row.state) == ([], State.QUEUED)
    assert pause(row) > timedelta(minutes=55)
    Connection.objects.update(health=Health.OK)
    assert (look().state, reached(delivery)) == (State.DONE, "read")


def test_a_refused_key_turns_the_card_red_and_stops_the_questions(avito: AvitoPeer, channel: Channel) -> None:
    send(avito, channel)
    send(avito, channel, chat="u2i-2")
    avito.revoked.update(avito.tokens)
    for _try in range(2):
        avito.next("token", Reply(status=401, json={"error": "invalid_client"}))
    row = look()
    channel.connection.refresh_from_db()
    assert (row.state, channel.connection.health) == (State.QUEUED, Health.NEEDS_RECONNECT)
    asked = len(avito.requests)
    look("u2i-2")
    assert len(avito.requests) == asked


def test_a_limit_pauses_the_connection_and_is_no_failure(avito: AvitoPeer, channel: Channel) -> None:
    send(avito, channel)
    avito.fail("history", 429, **{"Retry-After": "90"})
    row = look()
    channel.connection.refresh_from_db()
    assert channel.connection.is_paused
    assert (row.state, row.failures) == (State.QUEUED, 0)
    assert pause(row) > timedelta(seconds=80)


def test_a_service_that_is_away_is_asked_later(avito: AvitoPeer, channel: Channel) -> None:
    send(avito, channel)
    avito.fail("history", 503, **{"Retry-After": "120"})
    row = look()
    channel.connection.refresh_from_db()
    assert (row.state, channel.connection.health) == (State.QUEUED, Health.OK)
    assert pause(row) > timedelta(seconds=110)


def test_a_chat_that_is_gone_ends_it_and_says_nothing_of_the_connection(
    avito: AvitoPeer, channel: Channel
) -> None:
    work(put(channel, chat="u2i-gone"))
    assert look("u2i-gone").state == State.DONE
    channel.connection.refresh_from_db()
    assert channel.connection.health == Health.OK


@pytest.mark.django_db(transaction=True)
def test_killed_while_it_asks_the_chat_is_asked_about_again(avito: AvitoPeer, channel: Channel) -> None:
    delivery = send(avito, channel)
    client_reads(avito, delivery)
    ReadCheck.objects.update(due_at=timezone.now())
    asked = len(avito.requests)
    avito.next("history", Reply(hang=True))
    process = worker_process(ReadCheck.objects.get())
    avito.wait_for(asked + 1, timeout=60)
    run("channels.ReadCheck", ReadCheck.objects.get().pk)  # another worker, meanwhile
    assert len(avito.requests) == asked + 1
    process.kill()
    process.wait()
    ReadCheck.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    recover()
    assert (look().state, reached(delivery)) == (State.DONE, "read")
