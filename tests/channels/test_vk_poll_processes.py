"""Real pollers on PostgreSQL: killed in the middle of a batch, and two at once."""

import json
import os
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from apps.channels.connectors.vk import longpoll
from apps.channels.models import InboundEvent, Poll
from apps.channels.receiving import store_event
from tests.channels.vk_groups import make_group
from tests.core.workprocesses import Running
from tests.live import wait_until
from tests.peers.vk import VkPeer

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]
CHILD = "channels.poll"


@pytest.fixture
def peer() -> Iterator[VkPeer]:
    with VkPeer(hold=0.3) as peer:
        yield peer


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[], Running]]:
    started: list[Running] = []

    def begin() -> Running:
        started.append(Running("poll", tmp_path, OUTBOUND_PRIVATE_NETWORKS="127.0.0.0/8"))
        return started[-1]

    yield begin
    for running in started:
        running.kill_all()


def stored() -> Counter[str]:
    """How often each event of the messenger's is there, and was ever delivered."""
    rows = InboundEvent.objects.values_list("body", "deliveries")
    counts: Counter[str] = Counter()
    for body, deliveries in rows:
        counts[json.loads(bytes(body))["event_id"]] += deliveries
    return counts


def eventually(truth: Callable[[], Any], *, running: Running) -> None:
    """Other processes take their time, most of it to begin."""
    try:
        wait_until(truth, seconds=60, what="it")
    except AssertionError:
        raise AssertionError(running.log.read_text()[-6000:]) from None


def are_stored(least: int) -> bool:
    return len(stored()) >= least


def was_asked(peer: VkPeer, before: int) -> bool:
    return len(peer.requests) > before


def is_renewed(running: Running, old: list[int]) -> bool:
    return running.named(CHILD) not in ([], old)


def is_read() -> bool:
    return Poll.objects.filter(read_at__isnull=False).exists()


def somebody_waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return bool(cursor.fetchone()[0])


def end_leases() -> None:
    """As if the time after a kill had passed."""
    Poll.objects.update(lease_until=timezone.now() - timedelta(seconds=1))


def test_a_poller_killed_in_the_middle_of_a_batch_loses_nothing_and_doubles_nothing(peer, start):
    channel = make_group(base_url=peer.url)
    running = start()
    eventually(is_read, running=running)

    with transaction.atomic():
        # The third of the batch is held back: the first two are written, and not committed, when it dies.
        with peer._happened:
            for number in range(1, 6):
                peer.write(f"сообщение {number}", number=number)
            third = longpoll._bodies([peer.events[2]], {})[0]
            store_event(connector="vk", channel=channel, body=third, proof={})
        eventually(somebody_waits_for_a_lock, running=running)
        (victim,) = running.named(CHILD)
        os.kill(victim, signal.SIGKILL)
        transaction.set_rollback(True)

    eventually(partial(is_renewed, running, [victim]), running=running)
    end_leases()
    eventually(lambda: len(stored()) == 5, running=running)
    assert set(stored().values()) == {1}


def test_kills_at_any_moment_lose_nothing_and_double_nothing(peer, start):
    make_group(base_url=peer.url)
    running = start()
    eventually(is_read, running=running)
    written = 0
    for _trial in range(5):
        for _ in range(20):
            written += 1
            peer.write(f"сообщение {written}", number=written)
        eventually(partial(are_stored, written - 15), running=running)
        victims = running.named(CHILD)
        os.kill(victims[0], signal.SIGKILL)
        eventually(partial(is_renewed, running, victims), running=running)
        end_leases()
    eventually(lambda: len(stored()) == written, running=running)
    assert set(stored().values()) == {1}


def test_two_pollers_never_read_one_group_and_one_takes_over_from_the_other(peer, start):
    make_group(base_url=peer.url)
    first, second = start(), start()
    eventually(is_read, running=first)
    eventually(lambda: second.named(CHILD), running=second)
    for number in range(1, 31):
        peer.write(f"сообщение {number}", number=number)
        asked = len(peer.requests)
        eventually(partial(was_asked, peer, asked), running=first)
    eventually(lambda: len(stored()) == 30, running=first)
    assert peer.most_at_once == 1
    assert set(stored().values()) == {1}

    owner = first if "poll.began" in first.log.read_text() else second
    other = second if owner is first else first
    assert "poll.began" not in other.log.read_text()
    owner.kill_all()
    peer.write("после смерти", number=31)
    eventually(lambda: len(stored()) == 31, running=other)
    assert set(stored().values()) == {1}


def test_a_poller_asked_to_stop_leaves_at_once_and_its_channel_is_free(peer, start):
    make_group(base_url=peer.url)
    peer.hold = 20
    running = start()
    eventually(is_read, running=running)
    assert running.stop() == 0
    assert Poll.objects.get().owner == ""
