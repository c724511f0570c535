"""What becomes of a row: claimed, done, retried, parked, taken back, replayed."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.utils import timezone
from django_q.models import OrmQ
from psycopg import sql

from apps.core.errors import RateLimited, Rejected, Transient
from apps.core.models import State
from apps.core.work import Work, find, registered
from apps.core.work.claim import claim
from apps.core.work.dispatch import dispatch, queue_limit
from apps.core.work.look import DUE, _select
from apps.core.work.outcome import BACKOFF, settle_done
from apps.core.work.perform import decline, run
from apps.core.work.recover import recover
from apps.core.work.trouble import groups, oldest_due, replay, troubled
from tests.core.workapp.models import Chore, Errand, Trace

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("workapp")]

Replaced = Callable[..., Work]


@pytest.fixture
def replaced(monkeypatch: pytest.MonkeyPatch) -> Replaced:
    """The chores' Work with other parts."""

    def replace(**parts: Any) -> Work:
        names = ("model", "title", "run", "lease", "max_failures", "repeatable", "settled")
        work = Work(**{name: getattr(find("workapp.Chore"), name) for name in names} | parts)
        monkeypatch.setitem(registered(), "workapp.Chore", work)
        return work

    return replace


def do(**fields: Any) -> Chore:
    chore = Chore.objects.create(**fields)
    run("workapp.Chore", chore.pk)
    chore.refresh_from_db()
    return chore


def make_due(chore: Chore) -> None:
    Chore.objects.filter(pk=chore.pk).update(due_at=timezone.now())


def run_out(chore: Any) -> None:
    Chore.objects.filter(pk=chore.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


def take(**fields: Any) -> Chore:
    chore: Chore | None = claim(find("workapp.Chore"), Chore.objects.create(**fields).pk)
    assert chore is not None
    return chore


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


# Lanes


def test_a_lane_runs_one_at_a_time_in_the_order_of_ids() -> None:
    work = find("workapp.Chore")
    first, second, other = (Chore.objects.create(lane=lane) for lane in ("a", "a", "b"))
    assert claim(work, second.pk) is None
    assert claim(work, first.pk) is not None
    assert claim(work, second.pk) is None
    assert claim(work, other.pk) is not None


def test_a_row_that_was_committed_late_waits_for_the_later_one_that_runs() -> None:
    work = find("workapp.Chore")
    early = Chore.objects.create(lane="")
    late = take(lane="a")
    Chore.objects.filter(pk=early.pk).update(lane="a")
    assert claim(work, early.pk) is None
    settle_done(work, late, None)
    assert claim(work, early.pk) is not None


def test_a_lane_waits_while_its_head_backs_off_and_goes_on_when_it_has_failed() -> None:
    head = do(lane="a", does="falter")
    follower = do(lane="a")
    assert follower.state == State.QUEUED
    Chore.objects.filter(pk=head.pk).update(does="reject", due_at=timezone.now())
    run("workapp.Chore", head.pk)
    run("workapp.Chore", follower.pk)
    follower.refresh_from_db()
    assert follower.state == State.DONE


def test_only_the_head_of_a_lane_is_rung_for() -> None:
    for _ in range(3):
        Chore.objects.create(lane="a")
    assert dispatch() == 1


def test_the_wait_in_a_lane_does_not_count_as_lateness() -> None:
    long_ago = timezone.now() - timedelta(hours=1)
    head = take(lane="a")
    follower = Chore.objects.create(lane="a", due_at=long_ago)
    assert oldest_due() is None
    settle_done(find("workapp.Chore"), head, None)
    assert Chore.objects.get(pk=follower.pk).due_at > timezone.now() - timedelta(seconds=5)


# The queue


def test_a_row_is_rung_for_once() -> None:
    Chore.objects.create()
    assert [dispatch(), dispatch()] == [1, 0]
    assert OrmQ.objects.count() == 1


def test_a_row_whose_entry_was_lost_is_rung_for_again_and_one_that_still_waits_is_not() -> None:
    Chore.objects.create()
    dispatch()
    long_ago = timezone.now() - timedelta(minutes=5)
    Chore.objects.update(rung_at=long_ago)
    OrmQ.objects.update(lock=long_ago)
    recover()
    assert dispatch() == 0
    OrmQ.objects.all().delete()
    recover()
    assert dispatch() == 1


def test_the_queue_stays_short_however_much_is_due() -> None:
    Chore.objects.bulk_create(Chore() for _ in range(200))
    for _ in range(5):
        dispatch()
    assert OrmQ.objects.count() == queue_limit()


def test_a_flood_of_one_kind_leaves_room_for_another() -> None:
    Chore.objects.bulk_create(Chore(due_at=timezone.now() - timedelta(hours=1)) for _ in range(200))
    Errand.objects.create()
    dispatch()
    assert Errand.objects.get().rung_at is not None


def test_a_bell_heard_by_a_worker_that_is_leaving_is_rung_again_at_once() -> None:
    chore = Chore.objects.create()
    dispatch()
    decline("workapp.Chore", chore.pk)
    assert dispatch() == 1


def test_a_bell_commits_or_rolls_back_with_its_mark(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any, **options: Any) -> None:
        raise OperationalError

    Chore.objects.create()
    monkeypatch.setattr("apps.core.work.dispatch.async_task", refuse)
    with pytest.raises(OperationalError):
        dispatch()
    assert Chore.objects.get().rung_at is None


def test_looking_for_due_work_costs_one_query(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        dispatch()


def test_the_look_for_due_work_reads_no_settled_row() -> None:
    Chore.objects.bulk_create(Chore(state=State.DONE) for _ in range(5000))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE workapp_chore")
        looking = sql.SQL("EXPLAIN ") + _select((DUE, ("workapp_chore",)))
        cursor.execute(looking, [State.QUEUED, timezone.now()])
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "chore_due" in plan
    assert "Seq Scan on workapp_chore" not in plan


def test_a_thousand_rows_in_one_lane_do_not_stop_the_dispatcher() -> None:
    Chore.objects.bulk_create(Chore(lane="a", state=State.DONE) for _ in range(5000))
    Chore.objects.bulk_create(Chore(lane="a") for _ in range(1500))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE workapp_chore")
        cursor.execute("SET LOCAL statement_timeout = '5s'")
    assert dispatch() == 1


# Trouble


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
