"""A bell that is heard while its row is locked for a moment: the row is waited for, not passed over."""

import threading

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone

from apps.channels.models import InboundEvent
from apps.core.models import State
from apps.core.work import find
from apps.core.work.claim import claim

pytestmark = [pytest.mark.django_db(transaction=True)]

WAITING = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND wait_event_type = 'Lock' AND pid <> pg_backend_pid()
"""


def test_a_row_locked_by_somebody_who_only_writes_to_it_is_claimed_as_soon_as_they_are_done() -> None:
    event = InboundEvent.objects.create(
        connector="telegram", event_key="k", body=b"{}", due_at=timezone.now(), state=State.QUEUED
    )
    locked = threading.Event()
    holder = threading.Thread(target=lock_until_somebody_waits, args=[event.pk, locked])
    holder.start()
    locked.wait()

    row = claim(find("channels.InboundEvent"), event.pk)

    holder.join()
    assert row is not None
    assert (row.state, row.deliveries) == (State.RUNNING, 2)


def lock_until_somebody_waits(pk: int, locked: threading.Event) -> None:
    """As a repeated delivery does, which counts itself."""
    try:
        with transaction.atomic():
            InboundEvent.objects.filter(pk=pk).update(deliveries=2)
            locked.set()
            for _ in range(600):
                with connection.cursor() as cursor:
                    cursor.execute(WAITING)
                    if cursor.fetchone()[0]:
                        break
                    cursor.execute("SELECT pg_stat_clear_snapshot(), pg_sleep(0.01)")
    finally:
        connections.close_all()
