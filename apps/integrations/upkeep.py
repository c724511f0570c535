"""What keeps connections alive by itself: a connector's `upkeep`, at its own interval, one process at a time.

A connection's row says when it is due. Whoever tends it moves that to the end of a lease first, so that a
process killed here leaves a row that is soon due again; what it found is written only while the lease is its
own. Nothing is sent to clients, and every upkeep may be repeated.
"""

import uuid
from datetime import timedelta
from typing import Any

import structlog
from django.db.models import QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from apps.core.errors import OutcomeUnknown, OutsideError, RateLimited, Transient
from apps.integrations.checking import NEED_A_PERSON, check_connection, in_all_languages, note_failure
from apps.integrations.contract import Tended
from apps.integrations.models import Connection, Upkeep
from apps.integrations.opening import open_connection
from apps.integrations.registry import connectors

log = structlog.get_logger(__name__)

USUALLY = timedelta(days=1)
LEASE = timedelta(minutes=5)
# Longer than this nobody waits for one service; within the lease.
WITHIN = 120.0
FIRST_PAUSE = timedelta(minutes=5)


def enrol() -> None:
    """A row for each connection that has to be tended and has none yet."""
    slugs = [slug for slug, module in connectors().items() if hasattr(module, "upkeep")]
    new = Connection.objects.filter(connector__in=slugs, is_active=True, upkeep=None)
    Upkeep.objects.bulk_create([Upkeep(connection=one) for one in new], ignore_conflicts=True)


def due_for_upkeep() -> QuerySet[Upkeep]:
    """The longest overdue first."""
    rows = Upkeep.objects.filter(due_at__lte=timezone.now(), connection__is_active=True)
    return rows.order_by("due_at")


def tend(*, pk: int) -> None:
    """Does it, where it is still due. HTTP outside any transaction."""
    row = _claim(pk)
    if row is None:
        return
    connection = row.connection
    if not connection.is_active or connection.health in NEED_A_PERSON:
        # Until a person has acted the service is left alone; new settings make a new row.
        _write(row, {"due_at": timezone.now() + every(connection)})
        return
    tended = _upkeep(row, connection)
    if tended is None:
        return
    _write(row, _went_through(row, tended, every(connection)))
    if tended.mended:
        # What the last check warned of is not so any more.
        check_connection(connection=connection)


def every(connection: Connection) -> timedelta:
    interval: timedelta = getattr(connectors().get(connection.connector), "UPKEEP_EVERY", USUALLY)
    return interval


def read(*, connection: Connection) -> None:
    """A person has read what was mended."""
    Upkeep.objects.filter(connection=connection).update(mended={}, mended_at=None, intact_at=None)


def _claim(pk: int) -> Upkeep | None:
    """By one statement on this table alone: of two who come at once the second finds it not due."""
    now = timezone.now()
    rows = Upkeep.objects.filter(pk=pk, due_at__lte=now)
    if not rows.update(due_at=now + LEASE, holder=(holder := uuid.uuid4())):
        return None
    return Upkeep.objects.select_related("connection__tenant").filter(pk=pk, holder=holder).first()


def _upkeep(row: Upkeep, connection: Connection) -> Tended | None:
    """None where it failed, which is then written."""
    module: Any = connectors().get(connection.connector)
    if not hasattr(module, "upkeep"):  # newer code tends nothing there any more
        return Tended()
    try:
        tended: Tended = module.upkeep(open_connection(connection, within=WITHIN))
    except OutsideError as error:
        note_failure(connection, error)
        _write(row, _failed(row, error, every(connection)))
        return None
    except Exception:
        log.exception("upkeep.broke", connection=connection.pk, connector=connection.connector)
        ours = OutsideError(_("Our own error. It is logged."), code="internal")
        _write(row, _failed(row, ours, every(connection)))
        return None
    return tended


def _went_through(row: Upkeep, tended: Tended, interval: timedelta) -> dict[str, Any]:
    now = timezone.now()
    warnings = [in_all_languages(warning) for warning in tended.warnings]
    values = {
        "due_at": now + min(tended.again_in or interval, interval),
        "done_at": now,
        "failures": 0,
        "failing_since": None,
        "error_text": "",
        "warnings": warnings,
        "warned_at": (row.warned_at or now) if warnings else None,
    }
    if tended.mended and row.done_at is not None:
        log.warning("upkeep.mended", connection=row.connection_id, connector=row.connection.connector)
        # Not read yet and again: it was out of order since the first time.
        intact_at = row.intact_at if row.mended else row.done_at
        values |= {"mended": in_all_languages(tended.mended), "mended_at": now, "intact_at": intact_at}
    return values


def _failed(row: Upkeep, error: OutsideError, interval: timedelta) -> dict[str, Any]:
    now = timezone.now()
    with translation.override("en"):  # the source language: translated again where it is shown
        text = str(error.public)
    log.warning("upkeep.failed", connection=row.connection_id, code=error.code, failures=row.failures + 1)
    return {
        "due_at": now + _pause(row, error, interval),
        "failures": row.failures + 1,
        "failing_since": row.failing_since or now,
        "error_text": text,
    }


def _pause(row: Upkeep, error: OutsideError, interval: timedelta) -> timedelta:
    """Soon where it may pass by itself, then ever later; never later than usually."""
    if isinstance(error, RateLimited):
        return max(error.after, FIRST_PAUSE)
    if isinstance(error, Transient | OutcomeUnknown):
        return min(FIRST_PAUSE * (1 << min(row.failures, 10)), interval)
    return interval


def _write(row: Upkeep, values: dict[str, Any]) -> None:
    Upkeep.objects.filter(pk=row.pk, holder=row.holder).update(holder=None, **values)
