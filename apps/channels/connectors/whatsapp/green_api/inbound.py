"""Green API's events as messages. https://green-api.com/en/docs/api/receiving/notifications-format/"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime

from django.utils.translation import gettext as _

from apps.channels.connectors.whatsapp import telling
from apps.channels.connectors.whatsapp.green_api import content
from apps.channels.connectors.whatsapp.green_api.chats import address_in, is_client
from apps.channels.connectors.whatsapp.green_api.meaning import NO_ACCOUNT
from apps.channels.contract import (
    Edited,
    Ignored,
    Inbound,
    Incoming,
    Reachability,
    Reached,
    Reacted,
    Sender,
    StatusChanged,
)
from apps.channels.shapes import Shape, decoded, moment, part, unexpected, word
from apps.core.text import shorten

_REACHED: Mapping[str, Reached] = {
    "sent": Reached.SENT,
    "delivered": Reached.DELIVERED,
    "read": Reached.READ,
    "failed": Reached.FAILED,
    NO_ACCOUNT: Reached.FAILED,
    "yellowCard": Reached.FAILED,
}
_GONE = frozenset({NO_ACCOUNT})
_CHANGES = frozenset({"editedMessage", "deletedMessage", "reactionMessage"})
# The client called and nobody of ours answered.
_MISSED = frozenset({"hangUp", "missed", "declined"})


def is_its_own(event: Shape) -> bool:
    return isinstance(event.get("typeWebhook"), str)


def parse(body: bytes, *, received_at: datetime, timezone: str) -> list[Inbound]:
    event = decoded(body)
    name = word(event, "typeWebhook")
    if not name:
        raise unexpected()
    if read := _KINDS.get(name):
        return read(event, moment(event.get("timestamp"), received_at))
    return [Ignored(reason=_short(name))]


def _incoming(event: Shape, at: datetime) -> list[Inbound]:
    chat = word(part(event, "senderData"), "chatId")
    if not is_client(chat):
        return [Ignored(reason="group_chat")] if chat else _unknown()
    data = part(event, "messageData")
    who = part(event, "senderData")
    sender = telling.client_of(
        address_in(chat), name=word(who, "senderName") or word(who, "senderContactName")
    )
    if word(data, "typeMessage") in _CHANGES:
        return [_change(data, sender, at)]
    return [_said(event, sender, at)]


def _outgoing(event: Shape, at: datetime) -> list[Inbound]:
    """Sent from the phone, or by us: then it bears the id that our send was answered with."""
    chat = word(part(event, "senderData"), "chatId")
    if not is_client(chat):
        return [Ignored(reason="group_chat")] if chat else _unknown()
    if word(part(event, "messageData"), "typeMessage") in _CHANGES:
        return [Ignored(reason="own_change")]
    # The sender is us here; the chat bears the client's name.
    client = telling.client_of(address_in(chat), name=word(part(event, "senderData"), "chatName"))
    return [_said(event, client, at, from_us=True)]


def _said(event: Shape, sender: Sender, at: datetime, *, from_us: bool = False) -> Incoming:
    found = content.read(part(event, "messageData"))
    return Incoming(
        sender=sender,
        external_message_id=telling.known_id(word(event, "idMessage")),
        sent_at=at,
        text=found.text,
        media=found.media,
        reply_to=found.reply_to,
        note=shorten(found.note, telling.NOTE),
        from_us=from_us,
    )


def _change(data: Shape, sender: Sender, at: datetime) -> Inbound:
    kind = word(data, "typeMessage")
    if kind == "reactionMessage":
        return Reacted(
            sender=sender,
            external_message_id=telling.known_id(word(part(data, "quotedMessage"), "stanzaId")),
            emoji=word(part(data, "extendedTextMessageData"), "text")[:32],
            at=at,
        )
    changed = part(data, f"{kind}Data")
    return Edited(
        sender=sender,
        external_message_id=telling.known_id(word(changed, "stanzaId")),
        edited_at=at,
        text=word(changed, "textMessage"),
        deleted=kind == "deletedMessage",
    )


def _status(event: Shape, at: datetime) -> list[Inbound]:
    name, chat = word(event, "status"), word(event, "chatId")
    reached = _REACHED.get(name)
    if reached is None:
        return [Ignored(reason=f"status_{_short(name)}"[:64])]
    changed = StatusChanged(
        external_message_id=telling.known_id(word(event, "idMessage")),
        reached=reached,
        at=at,
        code=name if reached is Reached.FAILED else "",
    )
    if name not in _GONE or not is_client(chat):
        return [changed]
    return [changed, Reachability(sender=telling.client_of(address_in(chat)), reachable=False, at=at)]


def _call(event: Shape, at: datetime) -> list[Inbound]:
    """Calls are not carried; that one was missed is told."""
    chat = word(event, "from")
    if word(event, "status") not in _MISSED or not is_client(chat):
        return [Ignored(reason="call")]
    missed = Incoming(
        sender=telling.client_of(address_in(chat)),
        external_message_id=telling.known_id(word(event, "idMessage")),
        sent_at=at,
        note=_("[the client called in WhatsApp and got no answer]"),
    )
    return [missed]


def _blocked(event: Shape, at: datetime) -> list[Inbound]:
    chat = word(event, "chatId")
    if not is_client(chat):
        return _unknown()
    reachable = word(event, "status") == "unblocked"
    return [Reachability(sender=telling.client_of(address_in(chat)), reachable=reachable, at=at)]


def _state(event: Shape, at: datetime) -> list[Inbound]:
    return [Ignored(reason=f"state_{_short(word(event, 'stateInstance'))}"[:64])]


_KINDS: Mapping[str, Callable[[Shape, datetime], list[Inbound]]] = {
    "incomingMessageReceived": _incoming,
    "outgoingMessageReceived": _outgoing,
    "outgoingAPIMessageReceived": _outgoing,
    "outgoingMessageStatus": _status,
    "stateInstanceChanged": _state,
    "incomingCall": _call,
    "incomingBlock": _blocked,
}


def _unknown() -> list[Inbound]:
    raise unexpected()


def _short(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z_]{1,40}", name) else "unknown"
