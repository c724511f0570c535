"""Sound becomes what its channel carries, before the channel hears of it."""

import uuid
from dataclasses import asdict, replace
from pathlib import PurePosixPath

from apps.channels.contract import SOUNDS, Limits, MediaKind, OutgoingFile
from apps.channels.models import Delivery
from apps.core.audio import BY_TYPE, Format, convert
from apps.core.errors import Transient
from apps.core.files.storing import store, stored
from apps.core.models import State


def target(limits: Limits, file: OutgoingFile) -> Format | None:
    """What this file has to become; None where it goes as it is, or nothing would help."""
    types = limits.types_of.get(file.kind)
    wrong = types is not None and file.content_type not in types
    if (
        file.kind not in SOUNDS
        or not file.content_type.startswith("audio/")
        or not (wrong or file.is_recording)
    ):
        return None
    return next((made for name, made in BY_TYPE.items() if types is None or name in types), None)


def prepare(delivery: Delivery, file: OutgoingFile, limits: Limits) -> None:
    """Put the converted file in the delivery's place, once and for all its tries; nothing has been sent yet.

    A worker killed in here leaves a row that is simply taken again, and at most one orphan file. Raises
    Rejected for what is no sound, Transient where the row is another worker's by now.
    """
    to = target(limits, file)
    if to is None:
        return
    ready = _converted(delivery, file, to)
    ours = Delivery.objects.filter(pk=delivery.pk, state=State.RUNNING, attempts=delivery.attempts)
    delivery.file = asdict(ready)
    if not ours.update(file=delivery.file):
        raise Transient(code="lost")


def _converted(delivery: Delivery, file: OutgoingFile, to: Format) -> OutgoingFile:
    with stored(file.path) as original, convert(original, to=to) as made:
        size = made.file.seek(0, 2)
        made.file.seek(0)
        path = store(f"tenants/{delivery.tenant_id}/sent/{uuid.uuid4().hex}{to.suffix}", made.file)
    return replace(
        file,
        name=_named(file, to),
        content_type=to.content_type,
        size=size,
        path=path,
        is_recording=False,
    )


def _named(file: OutgoingFile, to: Format) -> str:
    """Services tell voice by the name, too."""
    stem = "voice" if file.kind is MediaKind.VOICE else PurePosixPath(file.name).stem or "audio"
    return f"{stem}{to.suffix}"
