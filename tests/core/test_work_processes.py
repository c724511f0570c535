"""Real processes on PostgreSQL, killed and stopped in the middle: nothing is lost, nothing is done twice."""

import os
import signal
import time
from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from django_q.models import OrmQ

from apps.core.models import State
from tests.core.workapp.models import Chore, Gate, Trace
from tests.core.workprocesses import (  # noqa: F401
    Running,
    Start,
    descendants,
    eventually,
    is_alive,
    start,
    workapp,
)

pytestmark = [pytest.mark.processes]


def all_done(count: int) -> bool:
    return Chore.objects.filter(state=State.DONE).count() == count


def state_of(chore: Chore) -> tuple[str, str, int]:
    chore.refresh_from_db()
    return chore.state, chore.error_code, chore.done


def trace_of(chore: Chore) -> Trace | None:
    return Trace.objects.filter(chore_id=chore.pk).first()


def begun(chore: Chore, running: Running) -> Trace:
    found: Trace = eventually(lambda: trace_of(chore), running=running)
    return found


def warm(running: Running) -> None:
    """Until it has done something."""
    chore = Chore.objects.create()
    eventually(lambda: state_of(chore)[0] == State.DONE, within=40, running=running)
    Chore.objects.all().delete()
    Trace.objects.all().delete()


def test_a_worker_killed_in_the_middle_loses_nothing_and_the_effect_happens_once(start: Start) -> None:
    running = start("worker")
    chore = Chore.objects.create(does="wait")
    victim = begun(chore, running).process
    Gate.objects.create()
    os.kill(victim, signal.SIGKILL) if not all_done(1) else pytest.fail("the gate was not waited for")
    others = [Chore.objects.create() for _ in range(20)]
    eventually(lambda: all_done(21), running=running)
    assert state_of(chore) == (State.DONE, "", 1)
    assert all(state_of(other)[2] == 1 for other in others)


def test_what_must_not_be_repeated_is_unknown_after_a_kill_and_never_runs_again(start: Start) -> None:
    running = start("worker")
    chore = Chore.objects.create(does="wait", repeatable=False)
    os.kill(begun(chore, running).process, signal.SIGKILL)
    eventually(lambda: state_of(chore)[0] == State.UNKNOWN, running=running)
    Gate.objects.create()
    warm_up = Chore.objects.create()
    eventually(lambda: state_of(warm_up)[0] == State.DONE, running=running)
    assert state_of(chore) == (State.UNKNOWN, "outcome_unknown", 0)
    assert Trace.objects.filter(chore_id=chore.pk).count() == 1


def test_two_workers_on_one_row_after_its_lease_ran_out_write_one_outcome(start: Start) -> None:
    running = start("worker")
    chore = Chore.objects.create(does="wait")
    begun(chore, running)
    Chore.objects.filter(pk=chore.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    eventually(lambda: Trace.objects.filter(chore_id=chore.pk).count() == 2, running=running)
    Gate.objects.create()
    eventually(lambda: "work.fenced" in running.log.read_text(), running=running)
    eventually(lambda: state_of(chore) == (State.DONE, "", 1), running=running)


def test_a_row_that_always_kills_its_worker_ends_as_lost_and_the_others_are_done(start: Start) -> None:
    running = start("worker")
    killer = Chore.objects.create(does="kill")
    others = [Chore.objects.create() for _ in range(5)]
    eventually(lambda: state_of(killer)[0] == State.FAILED, within=40, running=running)
    eventually(lambda: all_done(len(others)), running=running)
    assert state_of(killer) == (State.FAILED, "lost", 0)
    assert Trace.objects.filter(chore_id=killer.pk).count() == 2


def test_work_finishes_though_the_whole_queue_was_lost(start: Start) -> None:
    dispatcher = start("dispatch")
    Chore.objects.bulk_create(Chore() for _ in range(30))
    eventually(lambda: OrmQ.objects.count() > 10, running=dispatcher)
    OrmQ.objects.all().delete()
    running = start("worker")
    eventually(lambda: all_done(30), within=40, running=running)


def test_an_idle_worker_that_is_killed_is_noticed_and_nothing_is_lost(start: Start) -> None:
    running = start("worker", WORKERS="2")
    warm(running)
    for trial in range(3):
        sentinel_and_forks = running.forks()
        os.kill(sentinel_and_forks[1 + trial % 2], signal.SIGKILL)
        killed = time.monotonic()
        Chore.objects.bulk_create(Chore() for _ in range(10))
        eventually(lambda n=trial: all_done(10 * (n + 1)), within=30, running=running)
        print(f"healed after {time.monotonic() - killed:.1f} s")  # noqa: T201
        eventually(lambda old=set(sentinel_and_forks): len(set(running.forks()) - old) >= 5, running=running)
        assert not any(is_alive(pid) for pid in sentinel_and_forks)
    assert set(Counter(Trace.objects.values_list("chore_id", flat=True)).values()) == {1}


@pytest.mark.parametrize("victim", ["pusher", "sentinel"])
def test_a_process_that_hangs_without_dying_is_noticed(start: Start, victim: str) -> None:
    running = start("worker", WORKERS="2")
    warm(running)
    forks = running.forks()
    os.kill(forks[-1] if victim == "pusher" else forks[0], signal.SIGSTOP)
    Chore.objects.bulk_create(Chore() for _ in range(10))
    eventually(lambda: forks[0] not in running.forks(), within=30, running=running)
    eventually(lambda: all_done(10), within=30, running=running)
    assert not any(is_alive(pid) for pid in forks)


def test_a_queue_that_is_merely_long_restarts_nothing(start: Start) -> None:
    running = start("worker", WORKERS="2")
    warm(running)
    forks = running.forks()
    Chore.objects.bulk_create(Chore(does="linger") for _ in range(160))
    eventually(lambda: all_done(160), within=40, running=running)
    assert running.forks() == forks


def test_nobody_outlives_a_supervisor_that_was_killed(start: Start) -> None:
    running = start("worker")
    warm(running)
    family = descendants(running.pid)
    assert len(family) >= 7
    running.process.kill()
    eventually(lambda: not any(is_alive(pid) for pid in family), within=5)


def test_a_stop_finishes_what_runs_begins_nothing_new_and_leaves_nobody(start: Start) -> None:
    running = start("worker", WORKERS="1")
    chore = Chore.objects.create(does="wait")
    begun(chore, running)
    waiting = [Chore.objects.create() for _ in range(3)]
    eventually(lambda: OrmQ.objects.filter(lock__gt=timezone.now()).count() > 1, running=running)
    family = descendants(running.pid)
    running.process.send_signal(signal.SIGTERM)
    eventually(lambda: "supervisor.stopping" in running.log.read_text(), running=running)
    time.sleep(0.5)
    Gate.objects.create()
    assert running.process.wait(timeout=30) == 0
    assert state_of(chore) == (State.DONE, "", 1)
    assert {state_of(row)[0] for row in waiting} == {State.QUEUED}
    assert not any(is_alive(pid) for pid in family)


def test_lanes_keep_their_order_with_four_workers_and_two_dispatchers(start: Start) -> None:
    lanes = ["a", "b", "c"]
    rows = [Chore.objects.create(lane=lane, does="linger") for _ in range(5) for lane in lanes]
    loose = [Chore.objects.create() for _ in range(50)]
    running = start("worker", WORKERS="4")
    start("dispatch")
    eventually(lambda: all_done(len(rows) + len(loose)), within=40, running=running)
    traces = {trace.chore_id: trace for trace in Trace.objects.all()}
    assert Trace.objects.count() == len(rows) + len(loose)
    for lane in lanes:
        of_lane = [traces[row.pk] for row in rows if row.lane == lane]
        assert all(before.ended < after.began for before, after in zip(of_lane, of_lane[1:], strict=False))


def test_a_lost_database_connection_is_survived_and_what_was_sent_is_not_forgotten(start: Start) -> None:
    running = start("worker", WORKERS="2")
    warm(running)
    family = descendants(running.pid)
    chore = Chore.objects.create(does="send", repeatable=False)
    begun(chore, running)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    others = [Chore.objects.create() for _ in range(10)]
    eventually(lambda: all_done(11), running=running)
    assert state_of(chore) == (State.DONE, "", 1)
    assert all(state_of(other)[2] == 1 for other in others)
    assert all(is_alive(pid) for pid in family)


def test_pollers_none_declared_waits_to_be_stopped(start: Start) -> None:
    running = start("poll")
    eventually(lambda: "poll.pollers" in running.log.read_text(), running=running)
    assert running.stop() == 0
