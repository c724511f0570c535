"""A worker is lost, or comes back too late: its row is taken again, and nothing is written twice."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone

from apps.core.models import State
from apps.core.work import find
from apps.core.work.claim import claim
from apps.core.work.outcome import settle_done
from apps.core.work.perform import run
from apps.core.work.recover import recover
from tests.core.chores import Replaced, do, make_due, replaced, run_out, take
from tests.core.workapp.models import Chore

__all__ = ["replaced"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("workapp")]


def test_a_late_outcome_of_a_worker_that_lost_its_lease_is_refused() -> None:
    work = find("workapp.Chore")
    late = take()
    run_out(late)
    assert recover() == 1
    run("workapp.Chore", late.pk)

    def effect() -> None:
        Chore.objects.filter(pk=late.pk).update(done=100)

    settle_done(work, late, effect)
    stored = Chore.objects.get(pk=late.pk)
    assert (stored.state, stored.done, stored.attempts) == (State.DONE, 1, 2)


def test_a_lease_that_still_runs_is_respected() -> None:
    take()
    assert recover() == 0


def test_a_row_runs_again_at_once_after_its_first_loss_later_after_more_and_ends_as_lost() -> None:
    chore = take()
    for loss in range(1, 5):
        run_out(chore)
        recover()
        chore.refresh_from_db()
        if loss < 4:
            assert (chore.state, chore.error_code) == (State.QUEUED, "lost")
            assert (chore.due_at <= timezone.now()) == (loss == 1)
            make_due(chore)
            assert claim(find("workapp.Chore"), chore.pk) is not None
    assert (chore.state, chore.error_code, chore.attempts) == (State.FAILED, "lost", 4)


def test_a_lost_row_that_must_not_be_repeated_is_unknown() -> None:
    chore = take(repeatable=False)
    run_out(chore)
    recover()
    chore.refresh_from_db()
    assert (chore.state, chore.error_code) == (State.UNKNOWN, "outcome_unknown")


def test_a_row_noted_by_a_process_that_died_is_taken_back_before_its_lease_ends(
    settings: Any, tmp_path: Path
) -> None:
    settings.DATA_DIR = tmp_path
    mine, of_another = take(), take()
    assert mine.lease_until
    notes = {"dead": (mine.pk, mine.lease_until), "stale": (of_another.pk, timezone.now())}
    (tmp_path / "held").mkdir()
    for name, (pk, lease) in notes.items():
        note = json.dumps(["workapp.Chore", pk, lease.isoformat()])
        (tmp_path / "held" / f"{name}.held").write_text(note)
    (tmp_path / "held" / "garbled.held").write_text("[")
    assert recover() == 1
    assert Chore.objects.get(pk=mine.pk).state == State.QUEUED
    assert Chore.objects.get(pk=of_another.pk).state == State.RUNNING
    assert not list((tmp_path / "held").iterdir())


def test_taking_back_goes_on_where_one_row_cannot_be_judged(replaced: Replaced) -> None:
    def unclear(row: Any) -> bool:
        raise ZeroDivisionError

    chores = [take(), take()]
    replaced(repeatable=unclear)
    for chore in chores:
        run_out(chore)
    assert recover() == 2
    assert set(Chore.objects.values_list("state", flat=True)) == {State.UNKNOWN}


@pytest.mark.django_db(transaction=True)
def test_an_outcome_outlives_a_connection_that_is_lost_while_it_is_written(replaced: Replaced) -> None:
    losses = iter([OperationalError("terminating connection"), OperationalError("starting up")])

    def effect_of(row: Any) -> Callable[[], None]:
        def effect() -> None:
            Chore.objects.filter(pk=row.pk).update(done=row.done + 1)
            for loss in losses:
                raise loss

        return effect

    replaced(run=effect_of, repeatable=lambda row: False)
    chore = do()
    assert (chore.state, chore.done) == (State.DONE, 1)
