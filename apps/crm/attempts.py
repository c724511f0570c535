"""Every attempt is a row before the CRM hears of it, and its outcome after: killed in between, it shows."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.utils import timezone, translation

from apps.core.errors import NotYet, OutcomeUnknown, OutsideError
from apps.crm.models import AttemptStatus, OrderSync, Step, SyncAttempt
from apps.integrations.checking import note_failure, note_success
from apps.integrations.models import Connection


@contextmanager
def attempt(sync: OrderSync, step: Step) -> Iterator[SyncAttempt]:
    """Around what is asked of the CRM. What its error says of the connection is heeded. Not within a
    transaction.
    """
    row = SyncAttempt.objects.create(
        tenant_id=sync.tenant_id,
        appeal_id=sync.appeal_id,
        sync=sync,
        crm_type=sync.connection.connector,
        external_order_id=sync.external_order_id,
        step=step,
    )
    try:
        yield row
    except NotYet:
        row.delete()  # nobody was asked
        raise
    except OutsideError as error:
        _failed(row, error)
        heed(sync.connection, error)
        raise
    row.sync_status, row.synced_at = AttemptStatus.SUCCESS, timezone.now()
    row.external_order_id = sync.external_order_id
    row.save(update_fields=["sync_status", "synced_at", "external_order_id"])
    note_success(sync.connection)


def lost_before(sync: OrderSync) -> None:
    """What a killed worker had begun. Whoever holds the row now is the only one at it."""
    begun = SyncAttempt.objects.filter(sync=sync, sync_status=AttemptStatus.BEGUN)
    begun.update(sync_status=AttemptStatus.LOST, error_code="lost")


def note(sync: OrderSync, step: Step) -> None:
    """One that needed no request of its own: in the transaction of what came of it."""
    SyncAttempt.objects.create(
        tenant_id=sync.tenant_id,
        appeal_id=sync.appeal_id,
        sync=sync,
        crm_type=sync.connection.connector,
        external_order_id=sync.external_order_id,
        step=step,
        sync_status=AttemptStatus.SUCCESS,
    )


def heed(connection: Connection, error: OutsideError) -> None:
    note_failure(connection, error)


def _failed(row: SyncAttempt, error: OutsideError) -> None:
    unknown = isinstance(error, OutcomeUnknown)
    row.sync_status = AttemptStatus.UNKNOWN if unknown else AttemptStatus.FAILED
    row.synced_at, row.error_code = timezone.now(), error.code[:64]
    with translation.override("en"):  # the source language: translated again where it is shown
        row.error_text = str(error.public)
    row.save(update_fields=["sync_status", "synced_at", "error_code", "error_text"])
