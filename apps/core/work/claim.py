"""Take one due row, do it, and write its outcome together with its effects."""

import random
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import OperationalError, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from apps.core.errors import OutcomeUnknown, OutsideError, RateLimited, Transient
from apps.core.models import UNSETTLED, DurableWork, State
from apps.core.work.registry import Effect, Work, find

log = structlog.get_logger(__name__)

BACKOFF = (
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(hours=1),
)
INTERNAL = _("Our own error. It is logged; replay it once it is mended.")
LOST = _("The process working on it vanished again and again.")


def runnable(work: Work, now: datetime) -> QuerySet[Any]:
    """Due rows whose lane is free of earlier unsettled rows."""
    model = work.model_class
    earlier = model._default_manager.filter(lane=OuterRef("lane"), pk__lt=OuterRef("pk"), state__in=UNSETTLED).exclude(
        lane=""
    )
    return model._default_manager.filter(state=State.QUEUED, due_at__lte=now).exclude(Exists(earlier))


def run(label: str, pk: int) -> None:
    """What django-q2 calls. A row that is not due, already taken or settled is left alone."""
    work = find(label)
    row = claim(work, pk)
    if row is None:
        return
    with structlog.contextvars.bound_contextvars(work=label, row=pk, attempt=row.attempts):
        perform(work, row)


def claim(work: Work, pk: int) -> Any | None:
    now = timezone.now()
    with transaction.atomic():
        # of=("self",): the lane's look at earlier rows must not lock them.
        row = runnable(work, now).select_for_update(skip_locked=True, of=("self",)).filter(pk=pk).first()
        if row is None:
            return None
        row.state = State.RUNNING
        row.attempts += 1
        row.lease_until = now + work.lease
        row.save(update_fields=["state", "attempts", "lease_until"])
        return row


def perform(work: Work, row: Any) -> None:
    try:
        effect = work.run(row)
        settle(work, row, state=State.DONE, effect=effect)
    except OutsideError as error:
        settle_error(work, row, error)
    except OperationalError:
        log.warning("work.database_lost", exc_info=True)
        settle_error(work, row, Transient() if work.repeatable(row) else OutcomeUnknown())
    except Exception:
        log.exception("work.internal_error")
        # Where the outside may already have acted, even our own error leaves the outcome unknown.
        repeatable = work.repeatable(row)
        settle_error(
            work, row, OutsideError(INTERNAL, code="internal") if repeatable else OutcomeUnknown(code="internal")
        )


def settle_error(work: Work, row: Any, error: OutsideError) -> None:
    with translation.override("en"):
        text = str(error.public)
    failures = row.failures
    if isinstance(error, RateLimited):
        return settle(work, row, state=State.QUEUED, due_in=error.after, error=(error.code, text))
    if isinstance(error, OutcomeUnknown):
        return settle(work, row, state=State.UNKNOWN, error=(error.code, text))
    if isinstance(error, Transient) and failures + 1 < work.max_failures:
        row.failures = failures + 1
        return settle(work, row, state=State.QUEUED, due_in=backoff(failures), error=(error.code, text))
    return settle(work, row, state=State.FAILED, error=(error.code, text))


def settle(
    work: Work,
    row: Any,
    *,
    state: State,
    effect: Effect | None = None,
    due_in: timedelta | None = None,
    error: tuple[str, str] = ("", ""),
) -> None:
    """Write the outcome and its effects in one transaction, unless the row is no longer this worker's."""
    with transaction.atomic():
        if not _still_ours(row):
            log.warning("work.fenced", state=state)
            return
        row.state = state
        row.error_code, row.error_text = error
        row.lease_until = row.rung_at = None
        fields = ["state", "error_code", "error_text", "lease_until", "rung_at", "failures"]
        if due_in is not None:
            row.due_at = timezone.now() + due_in
            fields.append("due_at")
        row.save(update_fields=fields)
        if effect is not None:
            effect()
        if work.settled is not None and row.is_settled:
            work.settled(row)


def _still_ours(row: DurableWork) -> bool:
    model = type(row)
    return (
        model._default_manager.select_for_update()
        .filter(pk=row.pk, attempts=row.attempts, state=State.RUNNING)
        .exists()
    )


def backoff(failures: int) -> timedelta:
    """Exponential with full jitter, never under a second."""
    ceiling = BACKOFF[min(failures, len(BACKOFF) - 1)]
    return max(timedelta(seconds=1), ceiling * random.random())  # noqa: S311
