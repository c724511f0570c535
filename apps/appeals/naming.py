"""The name of a client whose messenger's events bring none, asked for as they write.

A name is nice to have: it is asked for once for each batch of a client without one, within a few seconds, and
no message is lost for it. What a chat is about comes with the same answer, and is asked for with its first
message where that names an advertisement.
"""

from dataclasses import replace
from typing import Any

import structlog

from apps.appeals.models import Batch, Conversation, Identity, Message
from apps.channels.contract import Inbound, Incoming, Sender
from apps.channels.models import Channel, InboundEvent
from apps.core.errors import OutsideError
from apps.core.models import State
from apps.core.text import shorten
from apps.integrations.models import Health
from apps.integrations.opening import open_connection
from apps.integrations.registry import connector

log = structlog.get_logger(__name__)

NOTE = 500
WITHIN = 5.0  # seconds; the message waits for it


def named(event: InboundEvent, channel: Channel, items: list[Inbound]) -> list[Inbound]:
    """The same items. Asks outside: never inside a transaction. History brings its names itself."""
    ask = getattr(connector(channel.connection.connector), "profile", None)
    if ask is None or event.backfill_id or channel.connection.health == Health.NEEDS_RECONNECT:
        return items
    return [_named(ask, channel, item) for item in items]


def _named(ask: Any, channel: Channel, item: Inbound) -> Inbound:
    if not isinstance(item, Incoming) or item.from_us:
        return item
    sender = item.sender
    chat_id = sender.external_chat_id or sender.external_user_id
    if not _lacks_name(channel, sender) and not (item.ad_id and _is_new(channel, chat_id)):
        return item
    try:
        opened = open_connection(channel.connection, within=WITHIN)
        found = ask(opened, external_user_id=sender.external_user_id, external_chat_id=chat_id)
    except OutsideError as error:
        log.info("client.name_unknown", channel=channel.pk, code=error.code)
        return item
    if found is None:
        return item
    named = replace(sender, name=sender.name or found.name, username=found.username or sender.username)
    return replace(item, sender=named, note=_about(channel, chat_id, item.note, found.about))


def _about(channel: Channel, chat_id: str, note: str, about: str) -> str:
    """Once for a chat: a client whom nobody can name is asked about with every batch."""
    told = Message.objects.filter(
        conversation__channel=channel, conversation__external_chat_id=chat_id, note__contains=about
    )
    if not about or about in note or told.exists():
        return note
    return shorten(f"{note} {about}".strip(), NOTE)


def _is_new(channel: Channel, chat_id: str) -> bool:
    return not Conversation.objects.filter(channel=channel, external_chat_id=chat_id).exists()


def _lacks_name(channel: Channel, sender: Sender) -> bool:
    """Whether nobody has a name for them, and it was not asked for a moment ago."""
    if sender.name:
        return False
    known = Identity.objects.filter(channel=channel, external_user_id=sender.external_user_id)
    identity = known.select_related("contact").first()
    if identity is None:
        return True
    open_batches = Batch.objects.filter(conversation__identity=identity, state=State.QUEUED)
    return not identity.contact.name and not open_batches.exists()
