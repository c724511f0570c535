"""When a message may go: never faster than its service takes it, and no waiting one in another's way."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from model_bakery import baker

from apps.channels.connectors import telegram
from apps.channels.contract import Limits
from apps.channels.models import Attempt, Channel, ChatVisitor, Delivery
from apps.core.errors import RateLimited, Scope
from apps.core.models import State
from apps.core.work.claim import runnable
from apps.core.work.registry import find
from apps.integrations.contract import Counted, Rate
from apps.integrations.models import Connection
from apps.integrations.opening import open_connection
from tests.channels.outbox import SEND, bot_peer, let_pass, make_bot, make_webchat, put, work
from tests.peers.exchange import Reply
from tests.peers.server import Peer

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _loopback(settings: Any) -> None:
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.0/8"]


@pytest.fixture
def peer() -> Iterator[Peer]:
    with bot_peer() as peer:
        yield peer


@pytest.fixture
def channel(peer: Peer) -> Channel:
    return make_bot(peer.url)


def allow(monkeypatch: pytest.MonkeyPatch, *, rate: Rate | None = None, dialogue: Rate | None = None) -> None:
    """What the bot's service takes from now on."""
    monkeypatch.setattr(telegram, "SPEC", replace(telegram.SPEC, rate=rate))
    monkeypatch.setattr(telegram, "LIMITS", Limits(per_dialogue=dialogue))


def ahead(delivery: Delivery) -> float:
    """Seconds until it is due."""
    return (Delivery.objects.get(pk=delivery.pk).due_at - timezone.now()).total_seconds()


def sent(peer: Peer) -> list[str]:
    return [request.json["text"] for request in peer.requests]


# --- one dialogue


def test_the_next_of_a_chat_is_due_only_when_the_chat_takes_it(channel: Channel, peer: Peer) -> None:
    first, second, third = put(channel, "1"), put(channel, "2"), put(channel, "3")

    work(first)

    assert 0.5 < ahead(second) <= 1
    assert set(runnable(find("channels.Delivery"), timezone.now())) == set()
    let_pass(1)
    assert list(runnable(find("channels.Delivery"), timezone.now())) == [second]
    assert work(second).state == State.DONE
    assert work(third).attempts == 0


def test_one_written_just_after_another_went_waits_without_a_try_or_an_error(
    channel: Channel, peer: Peer
) -> None:
    work(put(channel, "1"))

    waiting = work(put(channel, "2"))

    assert (waiting.state, waiting.failures, waiting.error_code, waiting.error_text) == ("queued", 0, "", "")
    assert 0.5 < ahead(waiting) <= 1
    assert not waiting.tries.exists()
    assert work(put(channel, "elsewhere", chat="88")).state == State.DONE
    assert sent(peer) == ["1", "elsewhere"]


def test_a_chat_that_takes_several_at_once_waits_for_the_first_of_them(
    channel: Channel, peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    allow(monkeypatch, dialogue=Rate(count=3, per=60))

    states = [work(put(channel, str(number))).state for number in range(4)]

    assert states == [*["done"] * 3, "queued"]
    waiting = Delivery.objects.latest("pk")
    assert 55 < ahead(waiting) <= 60
    let_pass(60)
    assert work(waiting).state == State.DONE


def test_a_try_that_failed_counts_too(channel: Channel, peer: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    peer.script(
        SEND, [Reply(status=400, json={"ok": False, "error_code": 400, "description": "Bad Request"})]
    )
    work(put(channel, "1"))

    assert work(put(channel, "2")).state == State.QUEUED


def test_a_limit_of_one_chat_holds_up_no_other(
    channel: Channel, peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def limited(opened: Any, message: Any) -> None:
        raise RateLimited(after=timedelta(seconds=40), scope=Scope.DIALOGUE)

    with monkeypatch.context() as patched:
        patched.setattr(telegram, "send", limited)
        first, behind = work(put(channel, "1")), put(channel, "2")

    assert (first.state, first.failures, first.error_code) == ("queued", 0, "rate_limited")
    assert 35 < ahead(first) <= 40
    assert not Connection.objects.get().is_paused
    assert work(behind).attempts == 0
    assert work(put(channel, "3", chat="88")).state == State.DONE


# --- one connection


def test_what_the_rate_does_not_take_waits_and_the_crowd_comes_due_one_by_one(
    channel: Channel, peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    allow(monkeypatch, rate=Rate(count=1, per=10))
    crowd = [put(channel, str(number), chat=str(number)) for number in range(1, 6)]
    put(channel, "behind", chat="3")

    states = [work(delivery).state for delivery in crowd]

    assert states == ["done", *["queued"] * 4]
    assert [round(ahead(delivery)) for delivery in crowd[1:]] == [10, 20, 30, 40]
    # Only one of them was ever taken up.
    assert [Delivery.objects.get(pk=row.pk).attempts for row in crowd] == [1, 1, 0, 0, 0]
    assert Attempt.objects.count() == 1


def test_what_goes_in_bulk_leaves_the_way_to_an_answer(
    channel: Channel, peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    allow(monkeypatch, rate=Rate(count=8, per=60))  # two at once, one of them spare
    many = [put(channel, f"bulk {n}", chat=str(n), in_bulk=True) for n in range(1, 4)]

    assert [work(row).state for row in many] == ["done", "queued", "queued"]
    answer = work(put(channel, "answer", chat="99"))

    assert answer.state == State.DONE
    let_pass(9)  # one more token
    late = put(channel, "late", chat="98")
    assert [work(row).state for row in (many[1], late)] == ["queued", "done"]
    let_pass(18)
    assert work(many[1]).state == State.DONE


def test_a_pause_sends_all_that_is_due_behind_its_end_one_by_one(channel: Channel, peer: Peer) -> None:
    limited = {"ok": False, "error_code": 429, "description": "x", "parameters": {"retry_after": 30}}
    peer.script(SEND, [Reply(status=429, json=limited)])
    bulk = put(channel, "bulk", chat="1", in_bulk=True)
    first, other = put(channel, "1", chat="2"), put(channel, "2", chat="3")

    work(first)

    assert 29 < ahead(first) < ahead(other) < ahead(bulk) < 31
    written = work(put(channel, "3", chat="4"))
    assert (written.state, written.error_code) == ("queued", "")
    assert 29 < ahead(written) < 31
    assert len(peer.requests) == 1


def test_a_worker_that_had_read_the_connection_before_the_pause_does_not_call_either(
    channel: Channel, peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    limited = {"ok": False, "error_code": 429, "description": "x", "parameters": {"retry_after": 30}}
    peer.script(SEND, [Reply(status=429, json=limited)])
    work(put(channel, "1", chat="1"))
    # As its row was when the other worker read it.
    Connection.objects.update(paused_until=None)

    assert work(put(channel, "2", chat="2")).state == State.QUEUED
    assert len(peer.requests) == 1


# --- every request of a connection


def test_an_errand_is_not_held_up_midway_and_the_next_one_pays_for_it(
    channel: Channel, peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    allow(monkeypatch, rate=Rate(count=2, per=10, of=Counted.REQUESTS))
    peer.route("GET /thing", lambda request: Reply(json={}))
    opened = open_connection(channel.connection)
    with opened.http(peer.url) as http:
        for _ in range(3):
            http.get("/thing")
    with open_connection(channel.connection).http(peer.url) as http, pytest.raises(RateLimited) as limited:
        http.get("/thing")

    assert timedelta(seconds=14) < limited.value.after <= timedelta(seconds=15.1)
    assert len(peer.requests) == 3


def test_a_person_who_waits_is_not_made_to_wait_longer(
    channel: Channel, peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    allow(monkeypatch, rate=Rate(count=1, per=60, of=Counted.REQUESTS))
    peer.route("GET /thing", lambda request: Reply(json={}))
    for _ in range(2):
        with open_connection(channel.connection, within=5).http(peer.url) as http:
            http.get("/thing")

    assert len(peer.requests) == 2


def test_what_goes_to_another_server_or_is_not_counted_costs_nothing(
    channel: Channel, peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    allow(monkeypatch, rate=Rate(count=1, per=60, of=Counted.REQUESTS))
    peer.route("GET /thing", lambda request: Reply(json={}))
    for _ in range(2):
        with open_connection(channel.connection).http("http://elsewhere.example") as http:
            http.get(f"{peer.url}/thing")
        with open_connection(channel.connection).http(peer.url, paced=False) as http:
            http.get("/thing")

    assert len(peer.requests) == 4


# --- what it costs


def statements(delivery: Delivery) -> list[str]:
    with CaptureQueriesContext(database) as queries:
        assert work(delivery).state == State.DONE
    return [query["sql"] for query in queries]


def test_a_rate_costs_one_statement_a_message_and_none_without_it(
    channel: Channel, peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    paced = statements(put(channel, "1", chat="1"))
    allow(monkeypatch)
    free = statements(put(channel, "2", chat="2"))

    assert len(paced) == len(free) + 1
    assert sum("core_bucket" in sql for sql in paced) == 1


def test_the_web_chat_pays_nothing() -> None:
    channel = make_webchat()
    baker.make(ChatVisitor, channel=channel, external_id="77")
    assert not any("core_bucket" in sql for sql in statements(put(channel, "1")))
