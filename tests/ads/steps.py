"""What tests of audiences do again and again: an upload is begun, and all that it waits for comes."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.ads import jobs
from apps.ads.launching import begin
from apps.ads.models import Cause, Export, Placement
from apps.core.models import Bucket, State
from apps.integrations.models import Connection
from tests.work import drain


def upload(placement: Placement, cause: Cause = Cause.BY_HAND) -> Export:
    return go(begin(placement=placement, cause=cause))


def go(export: Export | None = None, *, until: Callable[[], Any] = bool) -> Export:
    """Until nothing waits any more, or sooner: moments that it waits for have come."""
    drain()
    for _ in range(40):
        waiting = Export.objects.filter(state=State.QUEUED)
        if until() or not waiting.update(due_at=timezone.now()):
            break
        Bucket.objects.update(updated_at=timezone.now() - timedelta(minutes=5))
        drain()
    return Export.objects.get(pk=export.pk) if export else Export.objects.latest("pk")


def is_paused() -> bool:
    """An account has said that it was asked too often."""
    return Connection.objects.exclude(paused_until=None).exists()


def quarter_of_an_hour() -> Export | None:
    """It is looked who has to leave."""
    jobs.take_out()
    return go() if Export.objects.exists() else None


def pages_read(ask: Callable[[], Any]) -> int:
    """By all queries of it, as the database counts them: nothing that depends on the machine."""
    with CaptureQueriesContext(database) as queries:
        ask()
    total = 0
    for query in queries.captured_queries:
        with database.cursor() as cursor:
            cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {query['sql']}")
            [plan] = cursor.fetchone()[0]
        total += plan["Plan"]["Shared Hit Blocks"] + plan["Plan"]["Shared Read Blocks"]
    return total
