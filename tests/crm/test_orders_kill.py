"""Workers killed with -9 at every line that talks to the CRM: one client, one order, each item once."""

import subprocess
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection as database
from django.db import transaction
from django.utils import timezone

from apps.appeals.models import AppealEvent, EventKind
from apps.core.models import State
from apps.core.work.recover import recover
from apps.crm import jobs
from apps.crm.models import OrderSync, SyncAttempt
from apps.integrations import pacing
from apps.integrations.models import Connection
from tests.channels.outbox import worker_process
from tests.crm.conftest import Agree
from tests.crm.steps import fill_budget, go, later
from tests.live import wait_until
from tests.peers import livesklad, remonline
from tests.peers.livesklad import LiveSkladOwnPeer, LiveSkladPeer
from tests.peers.remonline import ROAppPeer
from tests.peers.server import Peer, Received, Reply

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]

Begin = Callable[[Any], "subprocess.Popen[bytes]"]


@pytest.fixture
def begin() -> Iterator[Begin]:
    """A worker of its own process, doing one row; killed at the end where it still runs."""
    started: list[subprocess.Popen[bytes]] = []

    def start(row: Any) -> "subprocess.Popen[bytes]":
        started.append(worker_process(row))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


def hang_after(peer: Peer, route: str, *, taken: bool) -> Callable[[], bool]:
    """The next request of this route is taken, or is not, and never answered. Tells whether it came."""
    usual = peer._routes[route]
    came: list[bool] = []

    def once(request: Received) -> Reply:
        assert usual is not None
        peer.route(route, usual)
        if taken:
            usual(request)
        came.append(True)
        return Reply(hang=True)

    peer.route(route, once)
    return lambda: bool(came)


def kill(process: "subprocess.Popen[bytes]", sync: OrderSync) -> None:
    """And its row is taken back, as once its lease has ended."""
    process.kill()
    process.wait()
    rows = OrderSync.objects.filter(pk=sync.pk)
    assert rows.get().state == State.RUNNING
    rows.update(lease_until=timezone.now() - timedelta(seconds=1))
    recover()
    assert rows.get().state == State.QUEUED
    rows.update(due_at=timezone.now())
    later()


def ordered() -> OrderSync:
    jobs.order_agreed()
    return OrderSync.objects.get()


@pytest.mark.parametrize("taken", [True, False], ids=["made there", "not made there"])
def test_killed_while_the_order_is_made(
    agree: Agree, ls_searching: Connection, searching: LiveSkladPeer, begin: Begin, taken: bool
) -> None:
    agree()
    sync = ordered()
    came = hang_after(searching, livesklad.CREATE, taken=taken)
    process = begin(sync)
    wait_until(came, seconds=60, what="the order to be asked for")
    kill(process, sync)
    sync = go()
    assert (sync.state, len(searching.orders)) == (State.DONE, 1)
    assert [row.sync_status for row in SyncAttempt.objects.order_by("pk")] == ["lost", "success"]
    assert AppealEvent.objects.filter(kind=EventKind.ORDER).count() == 1


def test_killed_at_a_service_that_cannot_be_asked_it_waits_for_a_person(
    agree: Agree, ls: Connection, plain: LiveSkladPeer, begin: Begin
) -> None:
    plain.script("GET /v1/orders", [Reply(status=404, json={"error": "no such method"})])
    agree()
    sync = ordered()
    came = hang_after(plain, livesklad.CREATE, taken=True)
    process = begin(sync)
    wait_until(came, seconds=60, what="the order to be asked for")
    kill(process, sync)
    sync = go()
    assert (sync.state, sync.error_code, len(plain.orders)) == (State.UNKNOWN, "not_searchable", 1)


def test_killed_while_livesklads_own_order_is_made(
    agree: Agree, ls_own: Connection, own: LiveSkladOwnPeer, begin: Begin
) -> None:
    agree()
    sync = ordered()
    came = hang_after(own, livesklad.OWN_CREATE, taken=True)
    process = begin(sync)
    wait_until(came, seconds=60, what="the order to be asked for")
    kill(process, sync)
    sync = go()
    assert (sync.state, [sync.external_order_id]) == (State.DONE, list(own.orders))


@pytest.mark.parametrize("route", [remonline.MAKE_PERSON, remonline.OWN_CREATE, remonline.ADD_ITEM])
def test_killed_at_each_request_of_ro_app(
    agree: Agree, ro_own: Connection, roapp: ROAppPeer, begin: Begin, route: str
) -> None:
    agree()
    sync = ordered()
    came = hang_after(roapp, route, taken=True)
    process = begin(sync)
    wait_until(lambda: came() or process.poll() is not None, seconds=60, what="the request, or a turn's end")
    if not came():  # it is of the next step, which waits for its turn
        fill_budget()
        OrderSync.objects.update(due_at=timezone.now())
        process = begin(sync)
        wait_until(came, seconds=60, what="the request")
    kill(process, sync)
    sync = go()
    assert (sync.state, sync.items) == (State.DONE, "done")
    assert (len(roapp.people), len(roapp.orders), len(roapp.items[9000])) == (1, 1, 2)


def waiting_for_the_conversation() -> int:
    with database.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")  # else a transaction sees what it saw at first
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
            "AND wait_event_type = 'Lock' AND query LIKE '%appeals_conversation%'"
        )
        return int(cursor.fetchone()[0])


def test_killed_before_the_outcome_is_written_it_is_told_once(
    agree: Agree, ls: Connection, plain: LiveSkladPeer, begin: Begin
) -> None:
    appeal = agree()
    sync = ordered()
    with transaction.atomic():
        type(appeal.conversation).objects.select_for_update().get(pk=appeal.conversation_id)
        process = begin(sync)
        wait_until(waiting_for_the_conversation, seconds=60, what="the worker at its outcome")
        process.kill()
        process.wait()
    kill(process, sync)
    sync = go()
    assert (sync.state, sync.external_order_id, len(plain.orders)) == (State.DONE, "LS-12345", 1)
    assert AppealEvent.objects.filter(kind=EventKind.ORDER).count() == 1


def test_two_workers_keep_to_one_budget(
    agree: Agree, ro: Connection, begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three a second, whoever asks: the bucket is the account's."""
    for number in range(4):
        agree(name=f"Клиент {number}", phone=f"+7900000000{number}")
    jobs.order_agreed()
    processes = [begin(row) for row in OrderSync.objects.order_by("pk")]
    assert [process.wait(timeout=90) for process in processes] == [0] * 4
    budget = pacing.budget_of(ro)
    assert budget is not None
    assert budget.burst == 1
    states = set(OrderSync.objects.values_list("state", flat=True))
    assert states <= {State.DONE, State.QUEUED}
    assert not OrderSync.objects.filter(failures__gt=0).exists()
    go()
    assert set(OrderSync.objects.values_list("state", flat=True)) == {State.DONE}
