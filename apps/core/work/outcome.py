"""Write what became of a row, together with its effects, if the row is still this worker's."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from django.db import InterfaceError, OperationalError, connection, transaction
from django.utils import timezone, translation
from django.utils.functional import Promise

from apps.core.errors import NotYet, OutcomeUnknown, OutsideError, RateLimited, Transient
from apps.core.models import State
from apps.core.work.registry import Effect, Work

log = structlog.get_logger(__name__)

DATABASE_LOST = (OperationalError, InterfaceError)
BACKOFF = (timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=10), timedelta(hours=1))
SOONEST, LATEST = timedelta(seconds=1), timedelta(days=1)
AT_ONCE = timedelta(milliseconds=20)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What is to be written. `due_in` is for a row that is queued again."""

    state: State
    failures: int
    code: str = ""
    text: str | Promise = ""
    due_in: timedelta | None = None


def settle_done(work: Work, row: Any, effect: Effect | None) -> None:
    """Raises what the effect or the `settled` hook raise; then nothing is written."""
    _insist(
        row, lambda: _write(work, row, Outcome(state=State.DONE, failures=row.failures), effect, work.settled)
    )


def settle_error(work: Work, row: Any, error: OutsideError) -> None:
    settle(work, row, judge(work, row, error))


def settle(work: Work, row: Any, outcome: Outcome) -> None:
    """Never blocked by a broken `settled` hook: the row is parked without it."""
    try:
        _insist(row, lambda: _write(work, row, outcome, None, work.settled))
    except DATABASE_LOST:
        raise
    except Exception:
        log.exception("work.settled_hook_failed", work=work.model, row=row.pk)
        state = outcome.state if outcome.state == State.UNKNOWN else State.FAILED
        parked = Outcome(state=state, failures=outcome.failures, code="internal", text=outcome.text)
        _insist(row, lambda: _write(work, row, parked, None, None))


def judge(work: Work, row: Any, error: OutsideError) -> Outcome:
    """The error's class alone decides what follows."""
    code, text, failures = error.code, error.public, row.failures
    if isinstance(error, NotYet):
        return Outcome(state=State.QUEUED, failures=failures, due_in=min(max(error.after, AT_ONCE), LATEST))
    if isinstance(error, RateLimited):
        wait = min(max(error.after, SOONEST), LATEST)
        return Outcome(state=State.QUEUED, failures=failures, code=code, text=text, due_in=wait)
    if isinstance(error, OutcomeUnknown):
        return Outcome(state=State.UNKNOWN, failures=failures, code=code, text=text)
    if isinstance(error, Transient) and failures + 1 < work.max_failures:
        wait = max(pause_after(work, failures), min(error.after or SOONEST, LATEST))
        return Outcome(state=State.QUEUED, failures=failures + 1, code=code, text=text, due_in=wait)
    return Outcome(state=State.FAILED, failures=failures + 1, code=code, text=text)


def pause_after(work: Work, failures: int) -> timedelta:
    """Exponential with full jitter, never under a second; or the kind's own, with a little."""
    chance = random.random()  # noqa: S311 - no secret
    if work.pauses:
        return work.pauses[min(failures, len(work.pauses) - 1)] * (1 + chance / 10)
    return max(SOONEST, BACKOFF[min(failures, len(BACKOFF) - 1)] * chance)


def is_repeatable(work: Work, row: Any) -> bool:
    """When even that cannot be told, it may not be repeated."""
    try:
        return work.repeatable(row)
    except Exception:
        log.exception("work.repeatable_failed", work=work.model, row=row.pk)
        return False


def _insist(row: Any, write: Callable[[], None]) -> None:
    """Until the lease ends: what was done outside must not be forgotten because the database restarts.

    A commit whose answer was lost is found out by the fence: the second write finds the row no longer
    running.
    """
    lease_until, pause = row.lease_until, 0.1
    while True:
        try:
            return write()
        except DATABASE_LOST:
            if connection.in_atomic_block or lease_until is None or timezone.now() >= lease_until:
                raise
            log.warning("work.database_lost", exc_info=True)
            connection.close()
        time.sleep(pause)
        pause = min(pause * 2, 5.0)


def _write(
    work: Work, row: Any, outcome: Outcome, effect: Effect | None, settled: Callable[[Any], None] | None
) -> None:
    with transaction.atomic():
        if not _is_still_ours(row):
            log.warning("work.fenced", work=work.model, row=row.pk, state=outcome.state)
            return
        _note(row, outcome)
        if effect is not None:
            effect()
        if not row.is_settled:
            return
        if row.lane:
            _pass_lane_on(work, row)
        if settled is not None:
            settled(row)


def _is_still_ours(row: Any) -> bool:
    rows = type(row)._default_manager.select_for_update().filter(pk=row.pk, attempts=row.attempts)
    return bool(rows.filter(state=State.RUNNING).exists())


def _note(row: Any, outcome: Outcome) -> None:
    with translation.override("en"):
        text = str(outcome.text)
    row.state, row.failures = outcome.state, outcome.failures
    row.error_code, row.error_text = outcome.code[:64], text
    row.lease_until = row.rung_at = None
    fields = ["state", "failures", "error_code", "error_text", "lease_until", "rung_at"]
    if outcome.due_in is not None:
        row.due_at = timezone.now() + outcome.due_in
        fields.append("due_at")
    row.save(update_fields=fields)


def _pass_lane_on(work: Work, row: Any) -> None:
    """The next of the lane waits for a worker only from now on, or from the end of the lane's rest.

    Its age must not count the lane.
    """
    due_at = timezone.now() + work.rest(row)
    lane = type(row)._default_manager.filter(lane=row.lane, state=State.QUEUED).exclude(lane="")
    following = lane.filter(pk__gt=row.pk).order_by("pk").values("pk")[:1]
    type(row)._default_manager.filter(pk__in=following, due_at__lt=due_at).update(due_at=due_at)
