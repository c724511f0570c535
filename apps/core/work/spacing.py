"""Let rows that wait for one and the same thing come due one after the other, not all at once."""

from collections.abc import Sequence
from datetime import timedelta

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone
from psycopg import sql

from apps.core.work.claim import runnable
from apps.core.work.look import by_index_alone
from apps.core.work.registry import Work

AT_ONCE = 5000
_SPACE_OUT = """
UPDATE {} AS work SET due_at = %s + (turn.number - 1) * make_interval(secs => %s), rung_at = NULL
FROM unnest(%s) WITH ORDINALITY AS turn(id, number) WHERE work.id = turn.id"""


def space_out(work: Work, among: Q, *, order_by: Sequence[str], begin: timedelta, apart: timedelta) -> int:
    """Those `among` its rows that could run now become due `begin` from now and `apart`, in the order given.

    Otherwise each of a crowd would be claimed only to learn that it has to wait. Rows that somebody holds at
    this moment are left out; a bell that has rung for a row already finds it not due. Returns how many moved.
    """
    now = timezone.now()
    with transaction.atomic():
        by_index_alone()
        rows = runnable(work, now).filter(among).order_by(*order_by)
        free = rows.select_for_update(skip_locked=True, of=("self",))
        pks = list(free.values_list("pk", flat=True)[:AT_ONCE])
        if pks:
            statement = sql.SQL(_SPACE_OUT).format(sql.Identifier(work.model_class._meta.db_table))
            with connection.cursor() as cursor:
                cursor.execute(statement, [now + begin, apart.total_seconds(), pks])
    return len(pks)
