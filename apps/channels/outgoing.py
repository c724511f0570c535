"""A delivery's row as the message that its connector sends."""

from dataclasses import replace
from datetime import datetime, timedelta

from django.utils import timezone

from apps.channels.contract import FilledTemplate, MediaKind, Outgoing, OutgoingFile
from apps.channels.models import Delivery
from apps.channels.templates import restored


def message_of(delivery: Delivery) -> Outgoing:
    return Outgoing(
        key=str(delivery.key),
        external_chat_id=delivery.external_chat_id,
        external_user_id=delivery.external_user_id,
        text=delivery.text,
        file=file_of(delivery),
        reply_to=delivery.reply_to,
        quiet_for=since(delivery.client_wrote_at),
        by_human=delivery.by_human,
        in_bulk=delivery.in_bulk,
        template=template_of(delivery),
        buttons=tuple(delivery.buttons),
        upload=delivery.upload.get("name", ""),
    )


def template_of(delivery: Delivery) -> FilledTemplate | None:
    return restored(delivery.template) if delivery.template else None


def file_of(delivery: Delivery) -> OutgoingFile | None:
    if not delivery.file:
        return None
    file = OutgoingFile(**delivery.file)
    return replace(file, kind=MediaKind(file.kind))


def since(moment: datetime | None) -> timedelta | None:
    return None if moment is None else max(timezone.now() - moment, timedelta(0))
