"""Ring the queue for rows that are due, and take back rows whose worker is gone.

Any number of dispatchers may run: they skip each other's locked rows.
"""

from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django_q.tasks import async_task

from apps.core.models import State
from apps.core.work.claim import LOST, runnable, settle_error
from apps.core.errors import OutcomeUnknown, OutsideError, Transient
from apps.core.work.registry import Work, registered

log = structlog.get_logger(__name__)

# A bell that nobody answered (the queue's table was lost) is rung again after this.
RING_AGAIN = timedelta(seconds=30)
AT_ONCE = 200


def dispatch() -> int:
    """One round over all kinds; returns how many bells were rung."""
    now = timezone.now()
    return sum(ring(work, now) for work in registered().values())


def ring(work: Work, now: datetime) -> int:
    """The bell commits with its mark, so that a row is never marked as rung without an entry on the queue."""
    with transaction.atomic():
        unrung = Q(rung_at=None) | Q(rung_at__lte=now - RING_AGAIN)
        due = runnable(work, now).filter(unrung).order_by("due_at").select_for_update(skip_locked=True, of=("self",))
        ids = list(due.values_list("pk", flat=True)[:AT_ONCE])
        if ids:
            work.model_class._default_manager.filter(pk__in=ids).update(rung_at=now)
        for pk in ids:
            async_task("apps.core.jobs.run", work.model, pk, task_name=f"{work.model}:{pk}")
    return len(ids)


def recover() -> int:
    """Take back rows whose lease ran out; returns how many."""
    now = timezone.now()
    return sum(_recover_kind(work, now) for work in registered().values())


def _recover_kind(work: Work, now: datetime) -> int:
    lost = work.model_class._default_manager.filter(state=State.RUNNING, lease_until__lt=now)
    taken = 0
    for pk in list(lost.values_list("pk", flat=True)[:AT_ONCE]):
        with transaction.atomic():
            row: Any = lost.select_for_update(skip_locked=True).filter(pk=pk).first()
            if row is None:
                continue
            taken += 1
            log.warning("work.lost", work=work.model, row=pk, attempt=row.attempts)
            settle_error(work, row, _verdict(work, row))
    return taken


def _verdict(work: Work, row: Any) -> OutsideError:
    if not work.repeatable(row):
        return OutcomeUnknown()
    if row.failures + 1 >= work.max_failures:
        # The row may be what kills its worker: it must not do so for ever.
        return OutsideError(LOST, code="lost")
    return Transient(code="lost")
