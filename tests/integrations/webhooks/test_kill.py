"""Workers killed around the request: nothing vanishes, and what comes twice bears one id."""

import subprocess
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from apps.core.models import State
from apps.core.work.recover import recover
from apps.integrations.models import WebhookDelivery, WebhookEndpoint
from tests.channels.outbox import worker_process
from tests.integrations.webhooks.conftest import Tell
from tests.live import wait_until
from tests.peers.receiver import HOOK, Receiver
from tests.peers.server import Reply
from tests.work import drain

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]

Begin = Callable[[WebhookDelivery], "subprocess.Popen[bytes]"]


@pytest.fixture
def begin() -> Iterator[Begin]:
    started: list[subprocess.Popen[bytes]] = []

    def start(row: WebhookDelivery) -> "subprocess.Popen[bytes]":
        started.append(worker_process(row))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


def kill(process: "subprocess.Popen[bytes]") -> None:
    """And its row is taken back, as once its lease has ended."""
    process.kill()
    process.wait()
    assert WebhookDelivery.objects.get().state == State.RUNNING
    WebhookDelivery.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    recover()
    made = WebhookDelivery.objects.get()
    assert (made.state, made.error_code) == (State.QUEUED, "lost")
    assert made.due_at <= timezone.now() + timedelta(seconds=1)  # a first loss is made good at once
    WebhookDelivery.objects.update(due_at=timezone.now())


def waiting_for_a_lock() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")  # else a transaction sees what it saw at first
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
            "AND wait_event_type = 'Lock' AND query LIKE '%integrations_webhook%'"
        )
        return int(cursor.fetchone()[0])


def test_killed_before_the_receiver_heard_of_it(tell: Tell, begin: Begin, receiver: Receiver) -> None:
    made = tell()
    with transaction.atomic():
        WebhookEndpoint.objects.select_for_update().get(pk=made.endpoint_id)
        process = begin(made)
        wait_until(waiting_for_a_lock, seconds=60, what="the worker at its endpoint")
        process.kill()
        process.wait()
    kill(process)
    assert receiver.requests == []
    assert made.tries.count() == 0
    drain()
    made.refresh_from_db()
    assert made.state == State.DONE
    assert receiver.ids == [made.message_id]


def test_killed_while_the_receiver_holds_its_answer(tell: Tell, begin: Begin, receiver: Receiver) -> None:
    receiver.script(HOOK, [Reply(hang=True)])
    made = tell()
    process = begin(made)
    receiver.wait_for(1, timeout=60)
    kill(process)
    drain()
    made.refresh_from_db()
    assert made.state == State.DONE
    assert receiver.ids == [made.message_id] * 2
    assert len({request.body for request in receiver.requests}) == 1
    first, second = made.tries.order_by("number")
    assert (first.finished_at, first.status) == (None, None)  # nobody knows, and the page says so
    assert second.status == 204


def test_killed_between_the_answer_and_its_outcome(tell: Tell, begin: Begin, receiver: Receiver) -> None:
    receiver.route(HOOK, lambda _request: Reply(status=204, delay=1))
    made = tell()
    process = begin(made)
    receiver.wait_for(1, timeout=60)
    with transaction.atomic():
        WebhookDelivery.objects.select_for_update().get(pk=made.pk)
        wait_until(waiting_for_a_lock, seconds=60, what="the worker at its outcome")
        process.kill()
        process.wait()
    kill(process)
    receiver.route(HOOK, lambda _request: Reply(status=204))
    drain()
    made.refresh_from_db()
    assert made.state == State.DONE
    assert receiver.ids == [made.message_id] * 2
    assert [one.status for one in made.tries.order_by("number")] == [204, 204]
