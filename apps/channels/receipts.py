"""The client is shown that we have read: one row for a chat, never in the way of what is sent there.

It is a courtesy. What the service refuses, or what stays undone for an hour, ends as done with a word of why
not and a line in the log; only an error of our own is left for a person to look at.
"""

from datetime import timedelta
from functools import partial

import structlog
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from apps.channels.contract import Capability
from apps.channels.gate import capabilities
from apps.channels.models import Channel, Receipt
from apps.core.errors import AuthFailed, OutsideError, RateLimited, Transient
from apps.core.models import UNSETTLED, State
from apps.core.work import Effect
from apps.integrations.checking import note_failure
from apps.integrations.models import Health
from apps.integrations.opening import open_connection
from apps.integrations.pacing import hold_while_paused
from apps.integrations.registry import connector

log = structlog.get_logger(__name__)

MOST_FAILURES = 4
# Who is shown it later than this wonders what it means.
PATIENCE = timedelta(hours=1)
AGAIN = {
    "state": State.QUEUED,
    "failures": 0,
    "rung_at": None,
    "error_code": "",
    "error_text": "",
    "outcome": "",
}


def can_show(channel: Channel) -> bool:
    return channel.shows_reading and Capability.MARK_READ in capabilities(channel)


def show_read(*, channel: Channel, external_chat_id: str, external_message_id: str, position: int) -> bool:
    """Up to this message of the client's. False where it can't be shown, or as much was shown already.

    `position` grows with the messages of the chat: of two looks the further one holds.
    """
    if not can_show(channel):
        return False
    now = timezone.now()
    wanted = {"external_message_id": external_message_id, "position": position, "seen_at": now}
    with transaction.atomic():
        row, is_new = Receipt.objects.select_for_update().get_or_create(
            channel=channel,
            external_chat_id=external_chat_id,
            defaults={"tenant_id": channel.tenant_id, **wanted},
        )
        if is_new or row.position >= position:
            return is_new
        # What waits or runs is only told the further message: see `settled` for the one that runs.
        again = {} if row.state in UNSETTLED else {**AGAIN, "due_at": now}
        Receipt.objects.filter(pk=row.pk).update(**wanted, **again)
        return True


def mark(row: Receipt) -> Effect:
    """The work behind it."""
    connection = row.channel.connection
    usable = connection.is_active and connection.health != Health.NEEDS_RECONNECT
    if not (usable and can_show(row.channel)):
        return partial(_end, row, "switched_off")
    if timezone.now() - row.seen_at > PATIENCE:
        return partial(_end, row, "too_late")
    hold_while_paused(connection)
    try:
        connector(connection.connector).mark_read(
            open_connection(connection),
            external_chat_id=row.external_chat_id,
            external_message_id=row.external_message_id,
        )
    except OutsideError as error:
        return _refused(row, error)
    return partial(_end, row, "")


def _refused(row: Receipt, error: OutsideError) -> Effect:
    """A lost right to mark says nothing of the right to send: only a dead key is told of the connection."""
    if isinstance(error, AuthFailed):
        note_failure(row.channel.connection, error)
    comes_back = isinstance(error, Transient) and row.failures + 1 < MOST_FAILURES
    if comes_back or isinstance(error, RateLimited):
        raise error
    log.warning("receipt.refused", receipt=row.pk, code=error.code)
    return partial(_end, row, error.code[:64])


def _end(row: Receipt, outcome: str) -> None:
    row.outcome = outcome
    row.save(update_fields=["outcome"])


def settled(row: Receipt) -> None:
    """In the outcome's transaction, under the row's lock: what was seen while it ran is marked next."""
    Receipt.objects.filter(pk=row.pk).exclude(position=row.position).update(**AGAIN, due_at=F("seen_at"))
