"""django-q2's queue, served in order and over a restart of the database; its hand-over to workers."""

import time
from typing import Any

import structlog
from django.db import connections
from django.utils import timezone
from django_q.brokers.orm import ORM
from django_q.conf import Conf
from django_q.models import OrmQ
from django_q.queues import Queue, SharedCounter
from psycopg import sql

from apps.core.work.outcome import DATABASE_LOST

log = structlog.get_logger(__name__)

TAKE = sql.SQL(
    "UPDATE {table} SET lock = %(until)s WHERE id = ("
    "SELECT id FROM {table} WHERE key = %(key)s AND lock <= %(now)s"
    " ORDER BY lock, id LIMIT 1 FOR UPDATE SKIP LOCKED"
    ") RETURNING id, payload"
)
PATIENCE = 1.0  # seconds between two tries while the database is away


class OrderedQueue(ORM):
    """The stock broker reads in any order, and dies with its whole cluster when the database restarts."""

    def dequeue(self) -> list[tuple[int, str]] | None:
        try:
            entry = self._take()
        except DATABASE_LOST:
            log.warning("queue.database_lost", exc_info=True)
            connections[Conf.ORM].close()
            time.sleep(PATIENCE)
            return None
        if entry is None:
            time.sleep(Conf.POLL)
            return None
        return [entry]

    def delete(self, task_id: Any) -> None:
        """An entry that stays is only a bell too many."""
        try:
            super().delete(task_id)
        except DATABASE_LOST:
            log.warning("queue.database_lost", exc_info=True)
            connections[Conf.ORM].close()

    def _take(self) -> tuple[int, str] | None:
        self.get_connection()  # closes one that has become unusable
        take = TAKE.format(table=sql.Identifier(OrmQ._meta.db_table))
        now = timezone.now()
        with connections[Conf.ORM].cursor() as cursor:
            cursor.execute(take, {"key": self.list_key, "now": now, "until": self.timeout(None)})
            found: tuple[int, str] | None = cursor.fetchone()
        return found


def oldest_waiting() -> float | None:
    """For how many seconds the oldest entry waits to be taken."""
    now = timezone.now()
    entries = OrmQ.objects.filter(key=Conf.CLUSTER_NAME, lock__lte=now).order_by("lock")
    since = entries.values_list("lock", flat=True).first()
    return None if since is None else (now - since).total_seconds()


class HandOver(Queue):
    """From the pusher to the workers; tells whether anything moves.

    Its figures are read without their locks, which a dead worker may hold.
    """

    def __init__(self, *, maxsize: int) -> None:
        super().__init__(maxsize=maxsize)
        self._taken = SharedCounter(0)

    def get(self, *args: Any, **options: Any) -> Any:
        item = super().get(*args, **options)
        self._taken.increment(1)
        return item

    @property
    def taken(self) -> int:
        return int(self._taken.count.get_obj().value)

    @property
    def waiting(self) -> int:
        return int(self.size.count.get_obj().value)
