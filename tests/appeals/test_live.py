"""What is new is told from memory: by the database's own word, to who has a pass, and honestly when deaf."""

import json
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from django.core.signing import TimestampSigner
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from apps.appeals.live import asking, hearing
from apps.appeals.live.hearing import Change, Ear
from apps.appeals.live.passes import SALT, make_pass
from apps.appeals.models import Conversation
from apps.appeals.people import touch
from apps.channels.models import Delivery
from apps.core.models import State

Routed = Callable[..., Conversation]

PATIENCE = 20.0


@pytest.fixture
def ear(monkeypatch: pytest.MonkeyPatch) -> Ear:
    """One that hears nothing but what the test tells it."""
    made = Ear()
    monkeypatch.setattr(made, "_listen", lambda: None)
    made._heard_from = time.time() - 60
    made.note("ping:1")
    return made


def told(ear: Ear, *, tenant: int = 1, since: float) -> list[tuple[int, int]] | None:
    found = ear.changes(tenant=tenant, since=since)
    return None if found is None else [(one.conversation, one.operator) for one in found]


def test_only_ones_own_changes_since_then_are_told(ear: Ear) -> None:
    ear._changes.append(Change(time.time() - 30, 1, 5, 0))
    before = time.time() - 10
    ear.note("1:7:3")
    ear.note("2:8:0")
    assert told(ear, since=before) == [(7, 3)]
    assert told(ear, tenant=0, since=before) == [(8, 0), (7, 3)]
    assert told(ear, since=time.time() + 1) == []


def test_who_slept_through_more_than_is_kept_looks_for_themselves(
    ear: Ear, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert told(ear, since=ear._heard_from - 1) is None
    now = time.time()
    for _n in range(hearing.KEPT):
        ear.note("1:7:0")
    assert told(ear, since=now - 30) is None
    assert told(ear, since=time.time() + 1) == []


def test_the_deaf_say_so(ear: Ear, monkeypatch: pytest.MonkeyPatch) -> None:
    ear._pinged_at = time.time() - hearing.DEAF_AFTER - 1
    assert told(ear, since=time.time()) is None


def test_before_it_listens_nothing_is_claimed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Begun anew within the seconds in which the one before was not deaf yet."""
    made = Ear()
    monkeypatch.setattr(made, "_run", lambda: None)
    made.note("ping:1")
    assert told(made, since=time.time()) is None


def test_without_a_good_pass_nothing_is_told(client: Client) -> None:
    assert client.get("/live/desk?since=1&pass=").status_code == 403
    assert client.get("/live/desk?since=1&pass=1:x:y").status_code == 403
    old = TimestampSigner(salt=SALT)
    old.timestamp = lambda: "1"  # type: ignore[method-assign] # long ago
    assert client.get(f"/live/desk?since=1&pass={old.sign('1')}").status_code == 403
    assert client.get(f"/live/desk?since=x&pass={make_pass(tenant_id=1)}").status_code == 400
    assert client.get(f"/live/desk?pass={make_pass(tenant_id=1)}").status_code == 400


def test_one_that_is_about_to_begin_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    begins, may_begin, failed = threading.Event(), threading.Event(), list[BaseException]()
    start = threading.Thread.start
    late = Ear()
    monkeypatch.setattr(late, "_run", lambda: late._leaving.wait(PATIENCE))

    def starts_late(thread: threading.Thread) -> None:
        if thread.name == "desk-ear":
            begins.set()
            may_begin.wait(PATIENCE)
        start(thread)

    def stop() -> None:
        try:
            late.stop()
        except RuntimeError as error:
            failed.append(error)

    monkeypatch.setattr(threading.Thread, "start", starts_late)
    asks = threading.Thread(target=lambda: late.changes(tenant=1, since=0), name="asks")
    stops = threading.Thread(target=stop, name="stops")
    asks.start()
    assert begins.wait(PATIENCE)
    stops.start()
    stops.join(0.2)  # without the wait it would have failed by now
    may_begin.set()
    for one in (asks, stops):
        one.join(PATIENCE)
    assert not failed
    assert late._thread is None


def test_a_change_that_is_told_twice_is_known_by_its_moment(
    monkeypatch: pytest.MonkeyPatch, ear: Ear
) -> None:
    monkeypatch.setattr(asking, "ear", ear)
    ear.note("1:7:0")
    query = f"pass={make_pass(tenant_id=1)}&since="
    first, again = (json.loads(asking.answer(f"{query}{time.time()!r}")[1])["changed"] for _poll in "ab")
    assert first == again, "within the clocks' difference"
    ear.note("1:7:0")
    (after,) = json.loads(asking.answer(f"{query}{time.time()!r}")[1])["changed"]
    assert after[:2] == [7, 0]
    assert after[2] > first[0][2], "another change"


@pytest.fixture
def listening(client: Client, transactional_db: None) -> Iterator[Callable[..., object]]:
    """The real ear, once it hears: what it tells of one organisation since a moment."""
    hearing.ear.stop()

    def ask(chat: Conversation, since: float, of: int = 0) -> object:
        query: dict[str, str | int] = {
            "pass": make_pass(tenant_id=chat.tenant_id),
            "since": repr(since),
            "of": of,
        }
        until = time.monotonic() + PATIENCE
        while True:
            answer = client.get("/live/desk", query)
            if answer.status_code == 204:
                return []
            changed = answer.json()["changed"]
            if changed is not None or time.monotonic() > until:
                return changed and [[chat, operator] for chat, operator, _when in changed]
            time.sleep(0.01)

    yield ask
    hearing.ear.stop()


def heard(ask: Callable[..., object], chat: Conversation, since: float, wanted: object, of: int = 0) -> None:
    until = time.monotonic() + PATIENCE
    while (found := ask(chat, since, of)) != wanted:
        assert time.monotonic() < until, found
        time.sleep(0.01)


def test_the_database_tells_of_every_change(
    listening: Callable[..., object], routed: Routed, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    chat = routed("Здравствуйте")
    since = time.time() + 1
    assert listening(chat, since) == []

    since = time.time()
    touch(chat.pk)
    heard(listening, chat, since, [[chat.pk, 0]])
    assert listening(chat, since, of=chat.pk + 1) == []

    delivery = Delivery.objects.create(
        tenant=chat.tenant, channel=chat.channel, external_chat_id=chat.external_chat_id
    )
    chat.messages.create(
        tenant=chat.tenant, author="operator", delivery=delivery, sent_at=timezone.now(), text="Ответ"
    )
    later_than_heard(time.time())
    since = time.time()
    Delivery.objects.update(state=State.DONE)
    heard(listening, chat, since, [[chat.pk, 0]], of=chat.pk)
    assert listening(chat, since) == [], "how an answer fares is shown inside alone"

    later_than_heard(time.time())
    since = time.time()
    Delivery.objects.update(state=State.FAILED)
    heard(listening, chat, since, [[chat.pk, 0]])
    with django_assert_num_queries(0):
        listening(chat, since)


def later_than_heard(moment: float) -> None:
    """What was heard until then is told no more."""
    while time.time() < moment + hearing.SKEW:
        time.sleep(0.01)
