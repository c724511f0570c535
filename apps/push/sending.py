"""The work behind a notification: one request to the service, repeated until it is taken or of no use.

A worker that dies in between sends it again: of two with one `collapse` the device shows the later one.
"""

from datetime import timedelta
from functools import partial

from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from apps.core.errors import AuthFailed, ConfigInvalid, NotYet, OutsideError
from apps.core.work import Effect
from apps.integrations.checking import NEED_A_PERSON, note_failure, note_success
from apps.integrations.opening import open_connection
from apps.integrations.registry import connector
from apps.push.contract import DeviceGone, PushMessage
from apps.push.devices import note_gone
from apps.push.models import Device, Outcome, Push

# How soon it is looked whether somebody has mended the connection.
LOOK_AGAIN = timedelta(minutes=5)
KEPT = timedelta(days=14)


def send(push: Push) -> Effect:
    device = Device.objects.select_related("connection").get(pk=push.device_id)
    if outcome := _of_no_use(push, device):
        return partial(_note, push, outcome)
    if device.connection.health in NEED_A_PERSON:
        raise NotYet(after=LOOK_AGAIN)
    try:
        _send(push, device)
    except DeviceGone:
        return partial(_note_gone, push, device)
    except (AuthFailed, ConfigInvalid) as error:
        # The card tells of it, once for all that waits; what is still news then goes when it is mended.
        note_failure(device.connection, error)
        raise NotYet(after=LOOK_AGAIN) from None
    except OutsideError as error:
        note_failure(device.connection, error)
        raise
    note_success(device.connection)
    return partial(_note_sent, push, device)


@sensitive_variables()
def _send(push: Push, device: Device) -> None:
    opened = open_connection(device.connection)
    message = PushMessage(
        token=device.registration_id,
        type=device.type,
        title=push.title,
        body=push.body,
        data=push.data,
        collapse=push.thread,
        link=push.link,
        sounds=push.sounds,
        lasts=push.expires_at - timezone.now(),
    )
    connector(device.connection.connector).send(opened, message)


def _of_no_use(push: Push, device: Device) -> Outcome | None:
    if not device.active:
        return Outcome.GONE
    if not device.connection.is_active:
        return Outcome.OFF
    return Outcome.LATE if push.expires_at <= timezone.now() else None


def _note(push: Push, outcome: Outcome) -> None:
    push.outcome = outcome
    push.save(update_fields=["outcome"])


def _note_gone(push: Push, device: Device) -> None:
    _note(push, Outcome.GONE)
    note_gone(device)


def _note_sent(push: Push, device: Device) -> None:
    _note(push, Outcome.SENT)
    Device.objects.filter(pk=device.pk).update(reached_at=timezone.now())


def sweep() -> None:
    """By then nobody asks any more whether it was told."""
    Push.objects.filter(created_at__lt=timezone.now() - KEPT).delete()
