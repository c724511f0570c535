"""What the composer has to know of its channel: whether it is open, until when, and what goes through it."""

from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from apps.appeals.admitting import seen_by
from apps.appeals.answering import client_wrote_at, quiet_for, quiet_since
from apps.appeals.desk.composed import MOST_FILES
from apps.appeals.models import Conversation
from apps.channels.gate import closed, off, open_until
from apps.channels.limits import limits_of
from apps.channels.models import Channel
from apps.integrations.registry import UnknownConnector
from apps.tenants.models import Member

# So many other chats of a client are looked at for one that is open.
CHATS = 3


def context(found: Conversation, member: Member | None) -> dict[str, Any]:
    wrote_at = client_wrote_at(found)
    shut = closed(found.channel, quiet_for=quiet_since(wrote_at))
    return {
        "closed": shut,
        "is_off": off(found.channel) is not None,
        "other_chats": _other_chats(found, member) if shut else [],
        "open_until": open_until(found.channel, client_wrote_at=wrote_at),
        "wall_now": timezone.now().astimezone(ZoneInfo(found.tenant.timezone)),
        "most_files": MOST_FILES,
        "most_bytes": _most_bytes(found.channel),
        "text_limit": _text_limit(found.channel),
    }


def _other_chats(found: Conversation, member: Member | None) -> list[Conversation]:
    """Where else this client may be written to."""
    others = found.contact.conversations.filter(seen_by(member)).exclude(pk=found.pk)
    return [
        chat
        for chat in others.select_related("channel__connection").order_by("-last_message_at")[:CHATS]
        if not closed(chat.channel, quiet_for=quiet_for(chat))
    ]


def _most_bytes(channel: Channel) -> int | None:
    """What no file may exceed there; a kind of its own may be bound tighter, and the server says so."""
    try:
        return limits_of(channel.connection).file_bytes
    except UnknownConnector:
        return None


def _text_limit(channel: Channel) -> int | None:
    """How many characters an answer may have there; None where any number, or where nothing can be sent."""
    try:
        limits = limits_of(channel.connection)
    except UnknownConnector:
        return None
    return None if limits.splits else limits.text
