"""Ring the queue for rows that are due; any number of dispatchers may, they skip each other's rows.

The queue is kept short, and every kind gets its share of the room in it: what waits, waits as rows, in the
order of `due_at`, and a flood of one kind does not stand in front of the others.
"""

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django_q.tasks import async_task

from apps.core.work.claim import runnable
from apps.core.work.look import by_index_alone, look_for_due
from apps.core.work.registry import Work

JOB = "apps.core.jobs.run"


def dispatch() -> int:
    """One round over all kinds; returns how many bells were rung."""
    now = timezone.now()
    waiting, kinds = look_for_due(now, at_most=queue_limit())
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
        by_index_alone()
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
