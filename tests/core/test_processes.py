"""A supervisor from its start to its end: killed or stopped in order, it leaves nobody behind."""

import signal
from itertools import pairwise

import pytest
from django.utils import timezone
from django_q.models import OrmQ

from apps.core.models import State
from tests.core.workapp.models import Chore, Gate, Trace
from tests.core.workprocesses import Start, all_done, begun, descendants, eventually, is_alive, state_of, warm

pytestmark = [pytest.mark.processes]


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
    eventually(lambda: "cluster.stopping" in running.log.read_text(), running=running)
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
        assert all(before.ended and before.ended < after.began for before, after in pairwise(of_lane))


def test_pollers_none_declared_waits_to_be_stopped(start: Start) -> None:
    running = start("poll")
    eventually(lambda: "poll.pollers" in running.log.read_text(), running=running)
    assert running.stop() == 0
