"""What becomes of a row: claimed, done, retried, parked, taken back, replayed."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from apps.core.errors import RateLimited, Rejected, Transient
from apps.core.models import State
from apps.core.work import find
from apps.core.work.outcome import BACKOFF
from apps.core.work.perform import decline, run
from apps.core.work.trouble import groups, oldest_due, replay, troubled
from tests.core.chores import Replaced, do, make_due, replaced
from tests.core.workapp.models import Chore, Errand, Trace

__all__ = ["replaced"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("workapp")]


def test_a_row_is_done_once_with_its_effect() -> None:
    chore = do()
    run("workapp.Chore", chore.pk)
    chore.refresh_from_db()
    assert (chore.state, chore.done, chore.attempts) == (State.DONE, 1, 1)
    assert Trace.objects.count() == 1


def test_a_row_that_is_not_due_is_left_alone() -> None:
    chore = do(due_at=timezone.now() + timedelta(hours=1))
    assert (chore.state, chore.attempts) == (State.QUEUED, 0)


def test_a_bell_for_a_kind_or_a_row_that_is_gone_harms_nobody() -> None:
    run("workapp.Vanished", 1)
    run("workapp.Chore", 0)
    decline("workapp.Vanished", 1)


def test_a_rate_limit_waits_as_told_and_counts_no_failure() -> None:
    chore = do(does="limit")
    for _ in range(9):
        make_due(chore)
        run("workapp.Chore", chore.pk)
    chore.refresh_from_db()
    assert (chore.state, chore.failures, chore.error_code) == (State.QUEUED, 0, "rate_limited")
    assert timedelta(minutes=4) < chore.due_at - timezone.now() <= timedelta(minutes=5)


@pytest.mark.parametrize(("after", "least", "most"), [(-5, 0, 1), (10**9, 86_000, 86_400)])
def test_a_senseless_rate_limit_neither_spins_nor_waits_for_ever(
    replaced: Replaced, after: int, least: int, most: int
) -> None:
    def limited(row: Any) -> None:
        raise RateLimited(after=timedelta(seconds=after))

    replaced(run=limited)
    wait = (do().due_at - timezone.now()).total_seconds()
    assert least < wait <= most


def test_a_transient_failure_backs_off_further_each_time_and_gives_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("random.random", lambda: 1.0)
    chore = do(does="falter")
    for expected in (*BACKOFF, *[BACKOFF[-1]] * 3):
        assert chore.state == State.QUEUED
        assert expected - timedelta(seconds=5) < chore.due_at - timezone.now() <= expected
        make_due(chore)
        run("workapp.Chore", chore.pk)
        chore.refresh_from_db()
    assert (chore.state, chore.error_code, chore.attempts) == (State.FAILED, "transient", 8)


@pytest.mark.parametrize(
    ("after", "least", "most"), [(7200, 7195, 7200), (1, 25, 30), (10**9, 86_000, 86_400)]
)
def test_a_service_that_says_when_it_is_back_is_not_asked_earlier_yet_the_attempt_counts(
    replaced: Replaced, monkeypatch: pytest.MonkeyPatch, after: int, least: int, most: int
) -> None:
    def away(row: Any) -> None:
        raise Transient(after=timedelta(seconds=after))

    monkeypatch.setattr("random.random", lambda: 1.0)
    replaced(run=away)
    chore = do()
    assert (chore.state, chore.failures) == (State.QUEUED, 1)
    assert least < (chore.due_at - timezone.now()).total_seconds() <= most


@pytest.mark.parametrize(("does", "code"), [("reject", "too_long"), ("lock_out", "auth_failed")])
def test_what_no_retry_can_mend_fails_at_once_with_its_reason(does: str, code: str) -> None:
    chore = do(does=does)
    assert (chore.state, chore.error_code, chore.attempts) == (State.FAILED, code, 1)
    assert chore.error_text


def test_our_own_error_parks_the_row_without_its_words_and_the_next_row_runs() -> None:
    broken, sound = do(does="blunder"), do()
    assert (broken.state, broken.error_code) == (State.FAILED, "internal")
    assert "secret" not in broken.error_text
    assert sound.state == State.DONE


def test_our_own_error_in_what_cannot_be_repeated_leaves_it_unknown() -> None:
    assert do(does="blunder", repeatable=False).state == State.UNKNOWN


def test_a_broken_effect_parks_the_row_and_leaves_nothing_half_written(replaced: Replaced) -> None:
    def half(row: Any) -> Callable[[], None]:
        def effect() -> None:
            Chore.objects.filter(pk=row.pk).update(done=1)
            raise ZeroDivisionError

        return effect

    replaced(run=half)
    chore = do()
    assert (chore.state, chore.error_code, chore.done) == (State.FAILED, "internal", 0)


@pytest.mark.parametrize("does", ["nothing", "reject"])
def test_a_broken_settled_hook_parks_the_row_instead_of_holding_it_for_ever(
    replaced: Replaced, does: str
) -> None:
    def hook(row: Any) -> None:
        raise ZeroDivisionError

    replaced(settled=hook)
    chore = do(does=does)
    assert (chore.state, chore.error_code, chore.lease_until) == (State.FAILED, "internal", None)


def test_the_settled_hook_is_told_of_the_end_only(replaced: Replaced) -> None:
    told: list[str] = []
    replaced(settled=lambda row: told.append(str(row.state)))
    chore = do(does="falter")
    assert told == []
    Chore.objects.filter(pk=chore.pk).update(does="nothing", due_at=timezone.now())
    run("workapp.Chore", chore.pk)
    assert told == ["done"]


def test_an_error_code_of_any_length_is_stored(replaced: Replaced) -> None:
    def verbose(row: Any) -> None:
        raise Rejected(code="x" * 300)

    replaced(run=verbose)
    assert do().error_code == "x" * 64


def test_trouble_is_grouped_by_reason_and_seen_by_its_tenant_alone() -> None:
    do(does="reject")
    do(does="reject")
    do(does="blunder", repeatable=False)
    do(does="reject", tenant_id=2)
    found = [(group.error_code, group.state, group.count) for group in groups(tenant_id=1)]
    assert found == [("too_long", "failed", 2), ("internal", "unknown", 1)]
    assert sum(group.count for group in groups(tenant_id=None)) == 4


def test_replay_runs_todays_code_on_the_row_and_leaves_alone_what_moved_on() -> None:
    work = find("workapp.Chore")
    failed, fine = do(does="reject"), do()
    Chore.objects.filter(pk=failed.pk).update(does="nothing")
    assert replay(Chore.objects.all(), work=work) == 1
    assert replay([failed], work=work) == 0
    run("workapp.Chore", failed.pk)
    for chore, attempts in ((failed, 2), (fine, 1)):
        chore.refresh_from_db()
        assert (chore.state, chore.attempts) == (State.DONE, attempts)
    assert not troubled(work, tenant_id=None).exists()


def test_the_oldest_due_row_tells_since_when_the_workers_lag() -> None:
    since = timezone.now() - timedelta(minutes=3)
    Chore.objects.create(due_at=since)
    Errand.objects.create(due_at=since + timedelta(minutes=1))
    assert oldest_due() == since
