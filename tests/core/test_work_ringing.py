"""Which rows are rung for, and in which order: lanes, the short queue, what the look costs."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.utils import timezone
from django_q.models import OrmQ
from psycopg import sql

from apps.core.models import State
from apps.core.work import find
from apps.core.work.claim import claim
from apps.core.work.dispatch import dispatch, queue_limit
from apps.core.work.look import DUE, _select
from apps.core.work.outcome import settle_done
from apps.core.work.perform import decline, run
from apps.core.work.recover import recover
from apps.core.work.trouble import oldest_due
from tests.core.chores import do, replaced, take
from tests.core.workapp.models import Chore, Errand

__all__ = ["replaced"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("workapp")]


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
