"""Real processes on PostgreSQL, killed and stopped in the middle: nothing is lost, nothing is done twice."""

import os
import signal
import time
from collections import Counter
from datetime import timedelta
from functools import partial

import pytest
from django.db import connection
from django.utils import timezone
from django_q.models import OrmQ

from apps.core.models import State
from tests.core.workapp.models import Chore, Gate, Trace
from tests.core.workprocesses import (
    Running,
    all_done,
    at_least_done,
    begun,
    descendants,
    eventually,
    is_alive,
    is_renewed,
    none_alive,
    state_of,
    warm,
    was_lost,
)

pytestmark = [pytest.mark.processes]


def test_a_worker_killed_in_the_middle_loses_nothing_and_the_effect_happens_once(crew: Running) -> None:
    chore = Chore.objects.create(does="wait")
    victim = begun(chore, crew).process
    os.kill(victim, signal.SIGKILL)
    Gate.objects.create()
    others = [Chore.objects.create() for _ in range(20)]
    eventually(lambda: all_done(21), running=crew)
    assert state_of(chore) == (State.DONE, "", 1)
    assert all(state_of(other)[2] == 1 for other in others)


def test_what_must_not_be_repeated_is_unknown_after_a_kill_and_never_runs_again(crew: Running) -> None:
    chore = Chore.objects.create(does="wait", repeatable=False)
    os.kill(begun(chore, crew).process, signal.SIGKILL)
    eventually(lambda: state_of(chore)[0] == State.UNKNOWN, running=crew)
    Gate.objects.create()
    warm_up = Chore.objects.create()
    eventually(lambda: state_of(warm_up)[0] == State.DONE, running=crew)
    assert state_of(chore) == (State.UNKNOWN, "outcome_unknown", 0)
    assert Trace.objects.filter(chore_id=chore.pk).count() == 1


def test_two_workers_on_one_row_after_its_lease_ran_out_write_one_outcome(crew: Running) -> None:
    chore = Chore.objects.create(does="wait")
    begun(chore, crew)
    Chore.objects.filter(pk=chore.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    eventually(lambda: Trace.objects.filter(chore_id=chore.pk).count() == 2, running=crew)
    Gate.objects.create()
    eventually(lambda: "work.fenced" in crew.log.read_text(), running=crew)
    eventually(lambda: state_of(chore) == (State.DONE, "", 1), running=crew)


def test_a_row_that_always_kills_its_worker_ends_as_lost_and_its_neighbours_do_not_suffer(
    crew: Running,
) -> None:
    warm(crew)
    killer = Chore.objects.create(does="kill")
    others = [Chore.objects.create(does="linger", repeatable=False) for _ in range(20)]
    for attempt in range(1, 5):
        eventually(partial(was_lost, killer, attempt), within=30, running=crew)
        Chore.objects.filter(pk=killer.pk, state=State.QUEUED).update(due_at=timezone.now())
    eventually(lambda: all_done(len(others)), running=crew)
    assert state_of(killer) == (State.FAILED, "lost", 0)
    assert Trace.objects.filter(chore_id=killer.pk).count() == 4


def test_work_finishes_though_the_whole_queue_is_lost_again_and_again(crew: Running) -> None:
    warm(crew)
    Chore.objects.bulk_create(Chore(does="linger") for _ in range(40))
    for done in range(10, 40, 10):
        eventually(partial(at_least_done, done), running=crew)
        OrmQ.objects.all().delete()
    eventually(lambda: all_done(40), running=crew)


def test_an_idle_worker_that_is_killed_is_noticed_and_nothing_is_lost(crew: Running) -> None:
    warm(crew)
    for trial in range(3):
        forks = crew.forks()
        os.kill(forks[1 + trial % 2], signal.SIGKILL)
        killed = time.monotonic()
        Chore.objects.bulk_create(Chore() for _ in range(10))
        eventually(partial(all_done, 10 * (trial + 1)), within=30, running=crew)
        assert time.monotonic() - killed < 30
        eventually(partial(is_renewed, crew, forks), running=crew)
        eventually(partial(none_alive, forks), running=crew)
    assert set(Counter(Trace.objects.values_list("chore_id", flat=True)).values()) == {1}


@pytest.mark.parametrize("victim", ["dispatch", "cluster", "sentinel", "pusher"])
def test_a_process_that_hangs_without_dying_is_noticed(crew: Running, victim: str) -> None:
    warm(crew)
    stopped = crew.forks()[-1] if victim == "pusher" else crew.named(victim)[0]
    group = crew.named("dispatch") if victim == "dispatch" else [*crew.named("cluster"), *crew.forks()]
    os.kill(stopped, signal.SIGSTOP)
    Chore.objects.bulk_create(Chore() for _ in range(10))
    eventually(partial(none_alive, group), within=30, running=crew)
    eventually(lambda: all_done(10), within=30, running=crew)


def test_a_queue_that_is_merely_long_restarts_nothing(crew: Running) -> None:
    warm(crew)
    forks = crew.forks()
    Chore.objects.bulk_create(Chore(does="linger") for _ in range(100))
    eventually(lambda: all_done(100), within=40, running=crew)
    assert crew.forks() == forks


def test_a_lost_database_connection_is_survived_and_what_was_sent_is_not_forgotten(crew: Running) -> None:
    warm(crew)
    family = descendants(crew.pid)
    chore = Chore.objects.create(does="send", repeatable=False)
    begun(chore, crew)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    others = [Chore.objects.create() for _ in range(10)]
    eventually(lambda: all_done(11), running=crew)
    assert state_of(chore) == (State.DONE, "", 1)
    assert all(state_of(other)[2] == 1 for other in others)
    assert all(is_alive(pid) for pid in family)
