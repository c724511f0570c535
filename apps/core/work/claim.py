"""Take one due row: from then on it is this process's until its lease ends."""

from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from apps.core.models import UNSETTLED, State
from apps.core.work.held import Note
from apps.core.work.registry import Work


def due(work: Work, now: datetime) -> QuerySet[Any]:
    return work.model_class._default_manager.filter(state=State.QUEUED, due_at__lte=now)


def runnable(work: Work, now: datetime) -> QuerySet[Any]:
    """Due rows whose turn it is in their lane."""
    others = work.model_class._default_manager.filter(
        _before(OuterRef("pk")), lane=OuterRef("lane"), state__in=UNSETTLED
    )
    return due(work, now).filter(Q(lane="") | ~Exists(others.exclude(lane="")))


def claim(work: Work, pk: int, note: Note | None = None) -> Any | None:
    """None when the row is not due, not its lane's turn, taken or settled: then there is nothing to do.

    It is noted before it is committed: a process that dies between the two leaves a note that fits no row.
    """
    now = timezone.now()
    with transaction.atomic():
        # Not skipped when locked: who holds it may only be writing to it (a repeated delivery, a message that
        # joins the batch), and the bell that is heard now would have been rung in vain.
        row = due(work, now).select_for_update(of=("self",)).filter(pk=pk).first()
        if row is None or (row.lane and not _has_its_turn(work, row)):
            return None
        row.state = State.RUNNING
        row.attempts += 1
        row.lease_until = now + work.lease
        if note is not None:
            note(work.model, pk, row.lease_until)
        row.save(update_fields=["state", "attempts", "lease_until"])
        return row


def _has_its_turn(work: Work, row: Any) -> bool:
    """Asked under the lane's lock, which lives as long as the claim's transaction.

    Two rows of one lane may be claimed in the same instant, each unseen by the other: the lock makes the
    second one look again after the first has committed.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"{work.model}:{row.lane}"])
    others = work.model_class._default_manager.filter(_before(row.pk), lane=row.lane, state__in=UNSETTLED)
    return not others.exclude(pk=row.pk).exclude(lane="").exists()


def _before(pk: Any) -> Q:
    """An earlier row of the lane, or one that runs: a later one's transaction may have committed first."""
    return Q(pk__lt=pk) | Q(state=State.RUNNING)
