"""Which kinds have something to do: one cheap query over all of them, many times a second."""

from datetime import datetime
from functools import cache
from typing import Any

from django.db import connection
from django_q.conf import Conf
from django_q.models import OrmQ
from psycopg import sql

from apps.core.models import State
from apps.core.work.registry import Work, registered

# The order by makes the planner walk the small partial index, whatever it believes of the table.
WAITING = "(SELECT count(*) FROM (SELECT 1 FROM {} WHERE key = %s AND lock <= %s LIMIT %s) AS waiting)"
DUE = "(SELECT due_at FROM {} WHERE state = %s AND rung_at IS NULL AND due_at <= %s ORDER BY due_at LIMIT 1)"
OVERDUE = "(SELECT lease_until FROM {} WHERE state = %s AND lease_until < %s ORDER BY lease_until LIMIT 1)"
UNHEARD = "(SELECT rung_at FROM {} WHERE state = %s AND rung_at < %s ORDER BY rung_at LIMIT 1)"


def look_for_due(now: datetime, *, at_most: int) -> tuple[int, list[Work]]:
    """How many entries wait on the queue, and which kinds have something due that was not rung for."""
    works = list(registered().values())
    with connection.cursor() as cursor:
        cursor.execute(
            _select((WAITING, (OrmQ._meta.db_table,)), (DUE, _tables(works))),
            [Conf.CLUSTER_NAME, now, at_most, *_each(State.QUEUED, now, works)],
        )
        waiting, *first = cursor.fetchone()
    return waiting, _those(works, first)


def look_for_lost(now: datetime, heard_until: datetime) -> tuple[list[Work], list[Work]]:
    """Which kinds have a lease that ran out, and which a bell that nobody heard."""
    works = list(registered().values())
    with connection.cursor() as cursor:
        cursor.execute(
            _select((OVERDUE, _tables(works)), (UNHEARD, _tables(works))),
            [*_each(State.RUNNING, now, works), *_each(State.QUEUED, heard_until, works)],
        )
        found = cursor.fetchone()
    return _those(works, found[: len(works)]), _those(works, found[len(works) :])


def by_index_alone() -> None:
    """For this transaction.

    Where most rows are settled and many are in one lane, the planner may think that it soon meets one of them
    by reading the table: it reads all of it, for each row again.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")


def _tables(works: list[Work]) -> tuple[str, ...]:
    return tuple(work.model_class._meta.db_table for work in works)


def _each(state: State, moment: datetime, works: list[Work]) -> list[Any]:
    return [state, moment] * len(works)


def _those(works: list[Work], found: tuple[object, ...] | list[object]) -> list[Work]:
    return [work for work, value in zip(works, found, strict=True) if value is not None]


@cache
def _select(*parts: tuple[str, tuple[str, ...]]) -> sql.Composed:
    columns = [sql.SQL(part).format(sql.Identifier(table)) for part, tables in parts for table in tables]
    return sql.SQL("SELECT {}").format(sql.SQL(", ").join(columns))
