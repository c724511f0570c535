"""Take back what a dead worker held, and ring again for what a lost queue entry left behind."""

from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import transaction
from django.db.models import Min, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_q.conf import Conf
from django_q.models import OrmQ

from apps.core.errors import OutcomeUnknown, Transient
from apps.core.models import State
from apps.core.work.held import abandoned
from apps.core.work.look import look_for_lost
from apps.core.work.outcome import Outcome, is_repeatable, judge, pause_after, settle
from apps.core.work.registry import Work, registered

log = structlog.get_logger(__name__)

LOST = _("The process working on it vanished again and again.")
# The row may be what kills its worker, and with it the work of others: a loss counts as two failures.
WEIGHT_OF_A_LOSS = 2
# How long a worker's process may sit on an entry it has taken from the queue before it is rung for again.
UNHEARD = timedelta(seconds=10)
AT_ONCE = 200


def recover() -> int:
    """Returns how many rows were taken back from workers."""
    taken = sum(_take_back_held(*held) for held in abandoned())
    now = timezone.now()
    heard_until = _heard_until(now)
    overdue, unheard = look_for_lost(now, heard_until)
    for work in overdue:
        taken += sum(_take_back(work, pk, Q(lease_until__lt=now)) for pk in _overdue(work, now))
    for work in unheard:
        _unring(work, heard_until)
    return taken


def _overdue(work: Work, now: datetime) -> list[int]:
    rows = work.model_class._default_manager.filter(state=State.RUNNING, lease_until__lt=now)
    return list(rows.order_by("lease_until").values_list("pk", flat=True)[:AT_ONCE])


def _take_back_held(label: str, pk: int, lease_until: datetime) -> int:
    work = registered().get(label)
    return 0 if work is None else _take_back(work, pk, Q(lease_until=lease_until))


def _take_back(work: Work, pk: int, by: Q) -> int:
    rows: QuerySet[Any] = work.model_class._default_manager.filter(by, pk=pk, state=State.RUNNING)
    with transaction.atomic():
        row = rows.select_for_update(skip_locked=True, of=("self",)).first()
        if row is None:
            return 0
        log.warning("work.lost", work=work.model, row=pk, attempt=row.attempts)
        settle(work, row, _verdict(work, row))
        return 1


def _verdict(work: Work, row: Any) -> Outcome:
    if not is_repeatable(work, row):
        return judge(work, row, OutcomeUnknown())
    failures = row.failures + WEIGHT_OF_A_LOSS
    if failures >= work.max_failures:
        return Outcome(state=State.FAILED, failures=failures, code="lost", text=LOST)
    # A first loss is a restart or a full memory, and a client waits: at once. Then with growing distance.
    due_in = pause_after(work, row.failures) if row.failures else timedelta()
    return Outcome(state=State.QUEUED, failures=failures, code="lost", text=Transient.public, due_in=due_in)


def _heard_until(now: datetime) -> datetime:
    """Bells rung before this were taken or lost: the queue is served in order, and its oldest is younger."""
    entries = OrmQ.objects.filter(key=Conf.CLUSTER_NAME, lock__lte=now)
    waiting = entries.aggregate(oldest=Min("lock"))["oldest"]
    return min(now, waiting or now) - UNHEARD


def _unring(work: Work, heard_until: datetime) -> None:
    with transaction.atomic():
        rows = work.model_class._default_manager.filter(state=State.QUEUED, rung_at__lt=heard_until)
        pks = list(
            rows.select_for_update(skip_locked=True, of=("self",)).values_list("pk", flat=True)[:AT_ONCE]
        )
        work.model_class._default_manager.filter(pk__in=pks).update(rung_at=None)
