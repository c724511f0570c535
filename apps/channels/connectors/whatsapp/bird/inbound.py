"""Bird's events as messages. https://docs.bird.com/api/channels-api/message-status-and-interactions"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from uuid import UUID

from apps.channels.connectors.whatsapp import telling
from apps.channels.connectors.whatsapp.bird import content
from apps.channels.connectors.whatsapp.bird.meaning import GONE
from apps.channels.contract import (
    Ignored,
    Inbound,
    Incoming,
    Reachability,
    Reached,
    Sender,
    StatusChanged,
)
from apps.channels.shapes import Shape, decoded, moment, part, parts, unexpected, word
from apps.core.text import shorten

_REACHED: Mapping[str, Reached] = {
    "sent": Reached.SENT,
    "delivered": Reached.DELIVERED,
    "read": Reached.READ,
    "sending_failed": Reached.FAILED,
    "delivery_failed": Reached.FAILED,
    "rejected": Reached.FAILED,
}
_SEEN = frozenset({"read", "opened"})


def is_its_own(event: Shape) -> bool:
    return isinstance(event.get("payload"), dict) and isinstance(event.get("event"), str)


def parse(body: bytes, *, received_at: datetime, timezone: str) -> list[Inbound]:
    event = decoded(body)
    payload = part(event, "payload")
    if not payload:
        raise unexpected()
    name = word(event, "event")
    if read := _KINDS.get(name):
        return read(payload, received_at)
    return [Ignored(reason=f"unsupported_{name}"[:64] if re.fullmatch(r"[a-z._]{1,40}", name) else "empty")]


def _message(payload: Shape, received_at: datetime) -> list[Inbound]:
    said = content.read(payload)
    message = Incoming(
        sender=_client(part(part(payload, "sender"), "contact")),
        external_message_id=telling.known_id(word(payload, "id")),
        sent_at=moment(payload.get("createdAt"), received_at),
        text=said.text,
        media=said.media,
        reply_to=word(part(payload, "replyTo"), "id")[:200],
        note=shorten(said.note, telling.NOTE),
    )
    return [message]


def _status(payload: Shape, received_at: datetime) -> list[Inbound]:
    name = word(payload, "status")
    reached = _REACHED.get(name)
    if reached is None:
        return [Ignored(reason=f"status_{name}" if re.fullmatch("[a-z_]{1,40}", name) else "status")]
    code = _code(payload) if reached is Reached.FAILED else ""
    at = moment(payload.get("lastStatusAt"), received_at)
    changed = StatusChanged(
        external_message_id=telling.known_id(word(payload, "id")),
        reached=reached,
        at=at,
        code=code,
        key=_key(payload),
    )
    contacts = parts(part(payload, "receiver"), "contacts")
    if code not in GONE or not contacts:
        return [changed]
    return [changed, Reachability(sender=_client(contacts[0]), reachable=False, at=at)]


def _interaction(payload: Shape, received_at: datetime) -> list[Inbound]:
    """What a client did with a message of ours."""
    if word(payload, "type") not in _SEEN:
        return [Ignored(reason="interaction")]
    seen = StatusChanged(
        external_message_id=telling.known_id(word(payload, "messageId")),
        reached=Reached.READ,
        at=moment(payload.get("createdAt"), received_at),
    )
    return [seen]


_KINDS: Mapping[str, Callable[[Shape, datetime], list[Inbound]]] = {
    "whatsapp.inbound": _message,
    "whatsapp.outbound": _status,
    "whatsapp.interaction": _interaction,
}


def _client(contact: Shape) -> Sender:
    name = word(part(contact, "annotations"), "name") or word(contact, "displayName")
    return telling.client_of(word(contact, "identifierValue"), name=name)


def _code(payload: Shape) -> str:
    """WhatsApp's own where Bird tells it, else Bird's."""
    failure = part(payload, "failure")
    for code in (part(failure, "source").get("code"), failure.get("code")):
        if re.fullmatch(r"[\w.-]{1,64}", str(code)) and type(code) in (int, str):
            return str(code)
    return ""


def _key(payload: Shape) -> str:
    """Ours is a UUID; another program that uses the channel may have given anything."""
    try:
        return str(UUID(word(payload, "reference")))
    except ValueError:
        return ""
