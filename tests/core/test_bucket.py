"""A rate limit holds over all processes together, and says how long to wait."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.db.models import F

from apps.core.bucket import close, reset, spend, sweep, take
from apps.core.models import Bucket

ZERO = timedelta(0)
SLOW = 1 / 1000  # nothing grows back while a test runs


def pass_by(seconds: float) -> None:
    Bucket.objects.update(updated_at=F("updated_at") - timedelta(seconds=seconds))


@pytest.mark.django_db
def test_a_burst_is_granted_and_then_the_rate() -> None:
    assert [take("k", rate=2, burst=3) for _ in range(3)] == [ZERO] * 3
    wait = take("k", rate=2, burst=3)
    assert timedelta(milliseconds=300) < wait <= timedelta(milliseconds=501)
    pass_by(wait.total_seconds())
    assert take("k", rate=2, burst=3) == ZERO
    assert take("k", rate=2, burst=3) > ZERO


@pytest.mark.django_db
def test_asking_in_vain_takes_nothing() -> None:
    take("k", rate=SLOW, burst=1)
    for _ in range(5):
        assert timedelta(seconds=990) < take("k", rate=SLOW, burst=1) <= timedelta(seconds=1001)


@pytest.mark.django_db
def test_no_more_than_a_burst_is_saved_up() -> None:
    take("k", rate=1, burst=3)
    pass_by(86_400)
    assert [take("k", rate=SLOW, burst=3) == ZERO for _ in range(4)] == [True, True, True, False]


@pytest.mark.django_db
def test_a_dear_call_costs_more_and_keys_do_not_share() -> None:
    assert take("k", rate=1, burst=10, cost=8) == ZERO
    assert timedelta(seconds=5) < take("k", rate=1, burst=10, cost=8) <= timedelta(seconds=6.1)
    assert take("other", rate=1, burst=10, cost=8) == ZERO


@pytest.mark.django_db
def test_a_clock_that_was_set_back_gives_nothing_away_and_takes_nothing() -> None:
    take("k", rate=1, burst=2)
    pass_by(-3600)
    assert take("k", rate=1, burst=2) == ZERO
    assert take("k", rate=1, burst=2) <= timedelta(seconds=1.1)


@pytest.mark.parametrize(("rate", "burst", "cost"), [(0, 1, 1), (1, 1, 2), (1, 0, 1), (1, 1, 0), (-1, 1, 1)])
def test_a_limit_that_could_never_be_met_is_a_bug(rate: float, burst: int, cost: float) -> None:
    with pytest.raises(ValueError, match="rate above 0"):
        take("k", rate=rate, burst=burst, cost=cost)


@pytest.mark.django_db
def test_who_is_in_no_hurry_leaves_the_spare_ones() -> None:
    assert [take("k", rate=SLOW, burst=3, spare=2) == ZERO for _ in range(2)] == [True, False]
    assert [take("k", rate=SLOW, burst=3) == ZERO for _ in range(3)] == [True, True, False]


@pytest.mark.django_db
def test_what_is_spent_in_any_case_is_a_debt_that_grows_back_first() -> None:
    for _ in range(5):
        spend("k", rate=1, burst=3)
    assert timedelta(seconds=2.5) < take("k", rate=1, burst=3) <= timedelta(seconds=3.1)


@pytest.mark.django_db
def test_a_closed_one_grants_nothing_until_then_and_afterwards_begins_with_one() -> None:
    close("k", rate=2, burst=10, until=timedelta(seconds=30))
    close("k", rate=2, burst=10, until=timedelta(seconds=5))
    wait = take("k", rate=2, burst=10)
    assert timedelta(seconds=29.5) < wait <= timedelta(seconds=30.1)
    pass_by(wait.total_seconds())
    assert [take("k", rate=2, burst=10) == ZERO for _ in range(2)] == [True, False]
    reset("k")
    assert take("k", rate=2, burst=10) == ZERO


@pytest.mark.django_db
def test_forgotten_buckets_are_swept_away() -> None:
    take("old", rate=1, burst=1)
    pass_by(90_000)
    take("new", rate=1, burst=1)
    assert sweep() == 1
    assert [bucket.key for bucket in Bucket.objects.all()] == ["new"]


@pytest.mark.django_db(transaction=True)
def test_eight_connections_at_once_get_exactly_the_burst() -> None:
    def ask(_: int) -> int:
        try:
            return sum(take("k", rate=SLOW, burst=50) == ZERO for _ in range(20))
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(ask, range(8))) == 50


@pytest.mark.django_db(transaction=True)
def test_a_rollback_gives_back() -> None:
    with transaction.atomic():
        take("k", rate=SLOW, burst=1)
        transaction.set_rollback(True)
    assert take("k", rate=SLOW, burst=1) == ZERO
