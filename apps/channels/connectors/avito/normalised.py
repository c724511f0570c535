"""The MCP server's normalised message: the customer's specification, 1.2.

Avito's own webhook comes along in `meta.raw`, with its envelope or without, and tells what was flattened.
https://developers.avito.ru/api-catalog/messenger/documentation
"""

from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from apps.channels.connectors.avito import attached, content
from apps.channels.connectors.avito.ids import as_key, direction_of, first_key, our_side
from apps.channels.contract import Edited, Ignored, Inbound, Incoming, Sender
from apps.channels.shapes import Shape, part, unexpected, word
from apps.core.text import clean_json, clean_name, shorten
from apps.core.time import from_vendor

NOTE = 500
_NORMALISED = ("external_user_id", "external_chat_id", "media", "meta")
_LONGEST_PREFILLED = 1000


def is_normalised(body: Shape) -> bool:
    return any(name in body for name in _NORMALISED)


def original(body: Shape) -> Shape:
    """Avito's message itself, where it came along; else empty."""
    held = part(part(body, "meta"), "raw")
    value = part(part(held, "payload"), "value") or part(held, "value") or held
    return value if "chat_id" in value or "author_id" in value or "content" in value else {}


def read(found: Shape, body: bytes, *, received_at: datetime, timezone: str) -> Inbound:
    """Raises Rejected where it names no client or no chat."""
    raw = original(found)
    meta, held = part(found, "meta"), part(raw, "content")
    kind = (word(raw, "type") or word(meta, "original_media_type") or "text").lower()
    from_us = _is_ours(found, raw)
    if ignored := _of_no_client(kind, word(meta, "chat_type") or word(raw, "chat_type")):
        return ignored
    sender, at = _sender(found, raw, from_us), _time(found, raw, received_at, timezone)
    message_id = first_key((meta, "external_message_id"), (raw, "id"), (raw, "message_id"))
    if kind == "deleted":
        if from_us or not message_id:
            return Ignored(reason="deleted")
        return Edited(sender=sender, external_message_id=message_id, edited_at=at, deleted=True)
    media = part(found, "media")
    files = attached.files(media, held)
    text = word(found, "text") or content.read(kind, held).text
    told = attached.notes(kind, media, held, files)
    if transcript := _lone_transcript(media, files):
        text = f"{text}\n{transcript}".strip()
    if not text.strip() and not files and not told:
        told = [_("[message of a kind that only Avito itself shows: %(kind)s]") % {"kind": shorten(kind, 40)}]
    return Incoming(
        sender=sender,
        # Without an id of its own it is known by what it says, so that a repeat of it is still seen as one.
        external_message_id=message_id or f"body:{blake2b(body, digest_size=16).hexdigest()}",
        sent_at=at,
        text=text,
        media=files,
        reply_to=first_key((part(raw, "quote"), "id"), (part(held, "quote"), "id")),
        ad_id=(ad := first_key((meta, "ad_id"), (raw, "item_id"))),
        ad_channel=clean_name(word(meta, "ad_channel"), limit=60) or ("avito" if ad else ""),
        prefilled=_prefilled(part(found, "prefilled_data")),
        note=shorten(" ".join(told), NOTE),
        from_us=from_us,
    )


def _of_no_client(kind: str, chat_type: str) -> Ignored | None:
    if kind == "system":
        return Ignored(reason="system_message")  # Avito's own bots; they are not to be answered
    return Ignored(reason="from_avito") if chat_type == "a2u" else None


def _is_ours(found: Shape, raw: Shape) -> bool:
    """An echo: its author is the account itself. The specification's older form tells the direction."""
    if direction := direction_of(raw):
        return direction == "out"
    author = first_key((raw, "author_id"), (found, "external_user_id"))
    return bool(author) and author == _account(found, raw)


def _account(found: Shape, raw: Shape) -> str:
    return first_key((part(found, "meta"), "user_id"), (raw, "user_id"))


def _sender(found: Shape, raw: Shape, from_us: bool) -> Sender:
    user = first_key((found, "external_user_id"), (raw, "author_id"))
    chat = first_key((found, "external_chat_id"), (raw, "chat_id"))
    if not user or not chat:
        raise unexpected()
    if from_us:
        # A name here would be our own; so is the number, unless the client is named beside the original.
        theirs = our_side(chat) if user in ("", _account(found, raw)) else user
        return Sender(external_user_id=theirs, external_chat_id=chat)
    return Sender(
        external_user_id=user,
        external_chat_id=chat,
        name=clean_name(word(found, "client_name")),
        phone=clean_name(_phone(found.get("client_phone")), limit=32),
        email=clean_name(word(found, "client_email"), limit=254),
    )


def _phone(value: Any) -> str:
    return value if isinstance(value, str) else as_key(value)


def _time(found: Shape, raw: Shape, received_at: datetime, timezone: str) -> datetime:
    """The normalised time is bare: the organisation's. Where it can't be read: Avito's own."""
    zone = ZoneInfo(timezone)
    for value, default in (
        (found.get("timestamp"), zone),
        (raw.get("created"), UTC),
        (raw.get("published_at"), UTC),
    ):
        if isinstance(value, (int, float, str)) and not isinstance(value, bool):
            at = from_vendor(value, default_tz=default, now=received_at)
            if at != received_at:
                return at
    return received_at


def _lone_transcript(media: Shape, files: tuple[Any, ...]) -> str:
    """The words of a voice message whose sound did not come along."""
    known = any(one.transcript for one in files)
    return "" if known else word(media, "voice_transcribed_text").strip()


def _prefilled(told: Shape) -> dict[str, Any]:
    """What the server filled in already: plain values only, as they are."""
    plain = {
        name: value[:_LONGEST_PREFILLED] if isinstance(value, str) else value
        for name, value in told.items()
        if value is not None and isinstance(value, (str, int, float))
    }
    cleaned: dict[str, Any] = clean_json(plain)
    return cleaned
