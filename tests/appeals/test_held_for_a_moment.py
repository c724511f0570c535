"""A bell that rings while somebody else holds the row is not lost: the row is rung for again at once."""

import threading

import pytest
from django.db import connection, transaction
from django.utils import timezone

from apps.appeals.models import Batch
from apps.core.models import State
from apps.core.work.perform import run
from tests.live import wait_until
from tests.work import drain

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_batch_held_by_the_intake_at_its_windows_end_is_rung_for_again(visit, chat) -> None:
    visit("Здравствуйте!")
    drain()
    batch = Batch.objects.get()
    Batch.objects.update(due_at=timezone.now(), rung_at=timezone.now())
    held, release = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            Batch.objects.select_for_update().get(pk=batch.pk)
            held.set()
            release.wait(10)
        connection.close()

    def hear() -> None:
        run("appeals.Batch", batch.pk)
        connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    assert held.wait(10)
    worker = threading.Thread(target=hear)
    worker.start()
    wait_until(_somebody_waits_for_a_lock, seconds=10, what="the worker found the batch held")
    release.set()
    holder.join()
    worker.join()

    batch.refresh_from_db()
    assert (batch.state, batch.rung_at) == (State.QUEUED, None)


def _somebody_waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
        return bool(cursor.fetchone()[0])
