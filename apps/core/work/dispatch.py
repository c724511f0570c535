"""Ring the queue for rows that are due. Any number of dispatchers may run: they skip each other's locked
rows.

The queue is kept short, and every kind gets its share of the room in it: what waits, waits as rows, in the
order of `due_at`, and a flood of one kind does not stand in front of the others.
"""

from datetime import datetime
from functools import cache

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django_q.conf import Conf
from django_q.models import OrmQ
from django_q.tasks import async_task
from psycopg import sql

from apps.core.models import State
from apps.core.work.claim import runnable
from apps.core.work.registry import Work, registered

JOB = "apps.core.jobs.run"


def dispatch() -> int:
    """One round over all kinds; returns how many bells were rung."""
    now = timezone.now()
    waiting, kinds = _look(now)
    room = queue_limit() - waiting
    if room <= 0 or not kinds:
        return 0
    share = -(-room // len(kinds))
    return sum(ring(work, now, at_most=share) for work in kinds)


def queue_limit() -> int:
    """Enough to keep the workers of this machine busy between two rounds."""
    return max(16, 4 * int(settings.WORKERS))


def ring(work: Work, now: datetime, *, at_most: int) -> int:
    """The bell commits with its mark, so that a row is never marked as rung without an entry on the queue."""
    with transaction.atomic():
        unrung = runnable(work, now).filter(rung_at=None).order_by("due_at")
        pks = list(
            unrung.select_for_update(skip_locked=True, of=("self",)).values_list("pk", flat=True)[:at_most]
        )
        work.model_class._default_manager.filter(pk__in=pks).update(rung_at=now)
        for pk in pks:
            async_task(
                JOB, work.model, pk, task_name=f"{work.model}:{pk}", timeout=int(work.lease.total_seconds())
            )
    return len(pks)


def _look(now: datetime) -> tuple[int, list[Work]]:
    """How many entries wait on the queue, and which kinds have something due: one cheap query, ten times a
    second."""
    kinds = tuple(registered().values())
    values = [Conf.CLUSTER_NAME, now, queue_limit(), *(value for _ in kinds for value in (State.QUEUED, now))]
    with connection.cursor() as cursor:
        cursor.execute(_looking(tuple(work.model_class._meta.db_table for work in kinds)), values)
        waiting, *first = cursor.fetchone()
    return waiting, [work for work, due_at in zip(kinds, first, strict=True) if due_at is not None]


@cache
def _looking(tables: tuple[str, ...]) -> sql.Composed:
    """The order by makes the planner walk the small partial index, whatever it believes of the table."""
    queue = sql.SQL(
        "(SELECT count(*) FROM (SELECT 1 FROM {} WHERE key = %s AND lock <= %s LIMIT %s) AS waiting)"
    ).format(sql.Identifier(OrmQ._meta.db_table))
    first = sql.SQL(
        "(SELECT due_at FROM {} WHERE state = %s AND rung_at IS NULL AND due_at <= %s"
        " ORDER BY due_at LIMIT 1)"
    )
    return sql.SQL("SELECT {}").format(
        sql.SQL(", ").join([queue, *(first.format(sql.Identifier(table)) for table in tables)])
    )
