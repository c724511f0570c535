"""A client's app is told that the button they pressed has arrived; until then it shows that it waits.

It is a courtesy, as a read receipt is: the message stands whether or not the service takes the answer. What
it refuses, or what comes too late for it, ends as done with a word of why not.
"""

from datetime import datetime, timedelta
from functools import partial

import structlog
from django.utils import timezone

from apps.channels.contract import Incoming
from apps.channels.models import Channel, Press
from apps.core.errors import AuthFailed, OutsideError, RateLimited, Transient
from apps.core.models import State
from apps.core.text import shorten
from apps.core.work import Effect
from apps.integrations.checking import note_failure
from apps.integrations.models import Health
from apps.integrations.opening import open_connection
from apps.integrations.pacing import hold_while_paused
from apps.integrations.registry import connector

log = structlog.get_logger(__name__)

MOST_FAILURES = 3
# By then every service has given the press up itself.
PATIENCE = timedelta(minutes=5)
# Whoever sees nothing happen presses again.
IMPATIENCE = timedelta(seconds=10)
SHOWN = 80
# No service delivers a press again after days; what failed by an error of ours stays to be looked at.
KEPT = timedelta(days=14)
AT_ONCE = 5000
_NAME = Press._meta.get_field("name").max_length or 0


def note_press(*, channel: Channel, external_chat_id: str, item: Incoming, received_at: datetime) -> None:
    """In the transaction that stores the message: the press is answered once it is there, and once."""
    offered = hasattr(connector(channel.connection.connector), "answer_press")
    if not offered or not item.press or len(item.press) > _NAME:
        return
    Press.objects.get_or_create(
        channel=channel,
        external_chat_id=external_chat_id,
        external_message_id=item.external_message_id,
        defaults={
            "tenant_id": channel.tenant_id,
            "under": item.reply_to,
            "text": item.text,
            "name": item.press,
            "pressed_at": received_at,
        },
    )


def is_known(*, channel: Channel, external_chat_id: str, item: Incoming) -> bool:
    """Answered already, or about to be: what comes now is the same press once more."""
    presses = Press.objects.filter(channel=channel, external_chat_id=external_chat_id)
    return bool(item.press) and presses.filter(external_message_id=item.external_message_id).exists()


def is_impatient(
    *, channel: Channel, external_chat_id: str, item: Incoming, received_at: datetime, newest: str
) -> bool:
    """The same button under the same message, a moment ago, and not a word of the client's since.

    `newest` names the client's newest message.
    """
    if not (item.press and item.reply_to and newest):
        return False
    presses = Press.objects.filter(
        channel=channel,
        external_chat_id=external_chat_id,
        external_message_id=newest,
        under=item.reply_to,
        text=item.text,
    )
    return presses.filter(pressed_at__gt=received_at - IMPATIENCE).exists()


def tell(row: Press) -> Effect:
    """The work behind it."""
    connection = row.channel.connection
    if not connection.is_active or connection.health == Health.NEEDS_RECONNECT:
        return partial(_end, row, "switched_off")
    if timezone.now() - row.pressed_at > PATIENCE:
        return partial(_end, row, "too_late")
    hold_while_paused(connection)
    try:
        connector(connection.connector).answer_press(
            open_connection(connection),
            press=row.name,
            external_chat_id=row.external_chat_id,
            text=f"✓ {shorten(row.text, SHOWN)}" if row.text else "",
        )
    except OutsideError as error:
        return _refused(row, error)
    return partial(_end, row, "")


def _refused(row: Press, error: OutsideError) -> Effect:
    """Only a dead key says something of the connection."""
    if isinstance(error, AuthFailed):
        note_failure(row.channel.connection, error)
    comes_back = isinstance(error, Transient) and row.failures + 1 < MOST_FAILURES
    if comes_back or isinstance(error, RateLimited):
        raise error
    log.warning("press.refused", press=row.pk, code=error.code)
    return partial(_end, row, error.code[:64])


def _end(row: Press, outcome: str) -> None:
    row.outcome = outcome
    row.save(update_fields=["outcome"])


def sweep() -> int:
    """What was answered long ago. Returns how many rows went."""
    old = Press.objects.filter(pressed_at__lt=timezone.now() - KEPT, state=State.DONE).order_by("pk")
    swept = 0
    while ids := list(old.values_list("pk", flat=True)[:AT_ONCE]):
        swept += Press.objects.filter(pk__in=ids).delete()[0]
    return swept
