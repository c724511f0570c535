"""Do one row: what happens between the queue's bell and the written outcome."""

from typing import Any

import structlog
from django.utils.translation import gettext_lazy as _

from apps.core.errors import OutcomeUnknown, OutsideError, Transient
from apps.core.models import State
from apps.core.work.claim import claim
from apps.core.work.held import holding
from apps.core.work.outcome import DATABASE_LOST, is_repeatable, settle_done, settle_error
from apps.core.work.registry import Effect, Work, registered

log = structlog.get_logger(__name__)

INTERNAL = _("Our own error. It is logged; replay it once it is mended.")


def run(label: str, pk: int) -> None:
    """What django-q2 calls. A row that is not due, already taken or settled is left alone."""
    work = registered().get(label)
    if work is None:
        log.warning("work.no_such_kind", work=label, row=pk)
        return
    with structlog.contextvars.bound_contextvars(work=label, row=pk), holding() as note:
        row = claim(work, pk, note)
        if row is None:
            # Held for a moment by whoever changes it, or not its turn: it is rung for again when it is.
            decline(label, pk)
        else:
            perform(work, row)


def decline(label: str, pk: int) -> None:
    """The bell was heard by a process that is about to end: let it be rung anew, at once."""
    if work := registered().get(label):
        work.model_class._default_manager.filter(pk=pk, state=State.QUEUED).update(rung_at=None)


def perform(work: Work, row: Any) -> None:
    effect, error = _try(work, row)
    if error is None:
        error = _finish(work, row, effect)
        # What the effect changed in memory was rolled back.
        row = type(row)._default_manager.filter(pk=row.pk, attempts=row.attempts).first() if error else row
    if error is not None and row is not None:
        settle_error(work, row, error)


def _try(work: Work, row: Any) -> tuple[Effect | None, OutsideError | None]:
    try:
        return work.run(row), None
    except OutsideError as error:
        return None, error
    except DATABASE_LOST:
        log.warning("work.database_lost", exc_info=True)
        return None, _broken_off(work, row, Transient(code="database"))
    except Exception:
        log.exception("work.internal_error")
        return None, _broken_off(work, row, OutsideError(INTERNAL, code="internal"))


def _finish(work: Work, row: Any, effect: Effect | None) -> OutsideError | None:
    """Write that it is done; or, where the effect itself fails, say what to write instead."""
    try:
        settle_done(work, row, effect)
    except OutsideError as error:
        return error
    except DATABASE_LOST:
        raise  # it was waited for in vain: the lease will run out, and `recover` judges
    except Exception:
        log.exception("work.effect_failed")
        return _broken_off(work, row, OutsideError(INTERNAL, code="internal"))
    return None


def _broken_off(work: Work, row: Any, error: OutsideError) -> OutsideError:
    """Where the outside may already have acted, even our own error leaves the outcome unknown."""
    return error if is_repeatable(work, row) else OutcomeUnknown(code=error.code)
