"""Who is typing at this moment, and how far we have read: told to both sides where a channel can tell it.

Kept in the visitor's row, which both sides read anyway: a look costs no query more, and no revision grows.
"""

from datetime import datetime, timedelta

from django.db.models import OuterRef, Q, Subquery
from django.utils import timezone

from apps.channels.contract import Capability
from apps.channels.gate import capabilities
from apps.channels.models import Channel, ChatVisitor

# How long a sign of typing lasts, and how often it is written at most.
LASTS = timedelta(seconds=6)
EVERY = timedelta(seconds=2)


def tells_presence(channel: Channel) -> bool:
    return Capability.TYPING in capabilities(channel)


def is_recent(at: datetime | None) -> bool:
    return at is not None and timezone.now() - at < LASTS


def client_writes_at() -> Subquery:
    """For a queryset of rows with `channel` and `external_chat_id`: when that client was last seen typing."""
    visitors = ChatVisitor.objects.filter(
        channel=OuterRef("channel"), external_id=OuterRef("external_chat_id")
    )
    return Subquery(visitors.values("writes_at")[:1])


def note_client_writes(visitor: ChatVisitor) -> None:
    now = timezone.now()
    if visitor.writes_at is None or visitor.writes_at < now - EVERY:
        ChatVisitor.objects.filter(pk=visitor.pk).update(writes_at=now)


def note_we_write(*, channel: Channel, external_chat_id: str) -> None:
    now = timezone.now()
    rows = ChatVisitor.objects.filter(channel=channel, external_id=external_chat_id)
    rows.filter(Q(answers_at=None) | Q(answers_at__lt=now - EVERY)).update(answers_at=now)


def note_we_read(*, channel: Channel, external_chat_id: str, external_message_id: str) -> None:
    """Everything up to this message of the client has been before somebody's eyes. Only moves forward."""
    if not (external_message_id.isascii() and external_message_id.isdecimal()):
        return
    line = int(external_message_id)
    rows = ChatVisitor.objects.filter(channel=channel, external_id=external_chat_id, read_up_to__lt=line)
    rows.update(read_up_to=line)
