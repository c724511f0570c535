"""A file that its service takes ahead of the message: handed over once, and offered until it is ready.

The name that the service gives it is kept on the delivery. While the service is processing the file no worker
waits for it: the row is queued for a little later, and whatever is behind it in the chat waits along.
"""

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.channels.contract import StillProcessing
from apps.channels.models import Delivery
from apps.channels.outgoing import message_of
from apps.core.errors import OutsideError, Rejected, Transient
from apps.core.models import State
from apps.integrations.opening import Opened
from apps.integrations.registry import connector

# From the hand-over: how long the file may be processed, and how long its name is good for.
PATIENCE, LASTS = timedelta(minutes=10), timedelta(hours=1)
SOONEST, LATEST = timedelta(seconds=1), timedelta(minutes=1)


def hand_over(delivery: Delivery, opened: Opened[Any]) -> None:
    """Nothing is sent by it: a worker killed in here leaves a row that is simply taken again.

    Raises Transient where the row is another worker's by now, and what the connector raises.
    """
    offered = getattr(connector(opened.connection.connector), "upload", None)
    if offered is None or not delivery.file or _age(delivery) < LASTS:
        return
    name = offered(opened, message_of(delivery))
    delivery.upload = {"name": name, "at": timezone.now().isoformat()}
    ours = Delivery.objects.filter(pk=delivery.pk, state=State.RUNNING, attempts=delivery.attempts)
    if not ours.update(upload=delivery.upload):
        raise Transient(code="lost")


def judged(delivery: Delivery, error: OutsideError) -> OutsideError:
    """What a failed send means for the file that was handed over for it.

    One that is still processed is waited for as long again as it has been, and for ten minutes in all. After
    any refusal it would be handed over anew.
    """
    if isinstance(error, StillProcessing):
        if _age(delivery) < PATIENCE:
            error.after = min(max(_age(delivery), SOONEST), LATEST)
            return error
        error = Rejected(
            _(
                "The service has been processing the file for ten minutes and is not done. Send it again, "
                "or in another format."
            ),
            code="never_ready",
        )
    if isinstance(error, Rejected) and delivery.upload:
        Delivery.objects.filter(pk=delivery.pk, attempts=delivery.attempts).update(upload={})
    return error


def _age(delivery: Delivery) -> timedelta:
    """Since it was handed over; a very long time where it was not."""
    at = delivery.upload.get("at")
    return timezone.now() - datetime.fromisoformat(at) if at else timedelta.max
