"""Avito's own webhooks as messages. https://developers.avito.ru/api-catalog/messenger/documentation#operation/postWebhookV3

Read alike: v3, v2, and the shape of the customer's specification (`message_id`, text ids, ISO times, a
direction). Only what clients write is a conversation: Avito's own notices and bots are ignored.
"""

from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from apps.channels.connectors.avito import content
from apps.channels.connectors.avito.ids import id_of, is_own, our_side
from apps.channels.contract import Edited, Ignored, Inbound, Incoming, Sender
from apps.channels.shapes import Shape, part, unexpected, word
from apps.core.text import shorten
from apps.core.time import from_vendor

NOTE = 500


def read(event: Shape, *, received_at: datetime, timezone: str) -> Inbound:
    """Raises Rejected where it is no webhook of Avito's."""
    payload = part(event, "payload")
    value = part(payload, "value")
    if not value:
        raise unexpected()
    kind = word(payload, "type") or word(event, "type")
    if kind != "message":
        return Ignored(reason="unsupported_event")
    return _message(value, _sent_at(value, received_at, timezone))


def _message(value: Shape, sent_at: datetime) -> Inbound:
    kind, own = word(value, "type"), is_own(value)
    if not kind:
        raise unexpected()
    if word(value, "chat_type") == "a2u":
        return Ignored(reason="from_avito")
    if kind == "system":
        return Ignored(reason="system_message")
    sender = _sender(value, own=own)
    if kind == "deleted":
        return Ignored(reason="own_deleted") if own else _deleted(value, sender, sent_at)
    found = content.read(kind, part(value, "content"))
    return Incoming(
        sender=sender,
        external_message_id=_message_id(value),
        sent_at=sent_at,
        text=found.text,
        media=found.media,
        reply_to=_quoted(value),
        ad_channel="" if own else "avito",
        ad_id="" if own else _ad_id(value),
        note=shorten(found.note, NOTE),
        from_us=own,
    )


def _deleted(value: Shape, sender: Sender, at: datetime) -> Edited:
    return Edited(sender=sender, external_message_id=_message_id(value), edited_at=at, deleted=True)


def _sender(value: Shape, *, own: bool) -> Sender:
    """A chat is of one client and one advertisement. What we wrote ourselves names no client but by it."""
    chat = id_of(value, "chat_id")
    return Sender(
        external_user_id=our_side(chat) if own else id_of(value, "author_id"),
        external_chat_id=chat,
    )


def _message_id(value: Shape) -> str:
    return id_of(value, "message_id" if "message_id" in value else "id")


def _quoted(value: Shape) -> str:
    quote = part(value, "quote")
    return id_of(quote, "id") if quote else ""


def _ad_id(value: Shape) -> str:
    """None and 0 in a chat that began at a profile."""
    return id_of(value, "item_id") if value.get("item_id") else ""


def _sent_at(value: Shape, received_at: datetime, timezone: str) -> datetime:
    """`created` is in seconds, or a text; a text without a zone is in the organisation's."""
    said = value.get("created") or value.get("published_at")
    known = said if isinstance(said, (int, float, str)) else None
    return from_vendor(known, default_tz=_zone(timezone), now=received_at)


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("Europe/Moscow")
