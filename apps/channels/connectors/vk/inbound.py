"""Events as messages, the same from the Callback API and from Long Poll.

https://dev.vk.com/ru/api/community-events/json-schema. Only chats with one person are conversations here;
what is said in a group chat is ignored, with its reason.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from apps.channels.connectors.vk import content, ids
from apps.channels.contract import (
    Edited,
    Ignored,
    Inbound,
    Incoming,
    Reachability,
    Reached,
    ReachedUpTo,
    Reacted,
    Sender,
    StatusChanged,
)
from apps.channels.shapes import Shape, as_id, decoded, moment, part, unexpected, word
from apps.core.text import clean_name, shorten

NOTE = 500
# https://dev.vk.com/ru/method/messages.getReactionsAssets: the signs under messages, by their number
REACTIONS = ("❤", "🔥", "😂", "👍", "💩", "❓", "😭", "😡", "👎", "👌", "😃", "🤔", "🙏", "😘", "😍", "🎉")


def parse(body: bytes, *, received_at: datetime, timezone: str) -> list[Inbound]:
    event = decoded(body)
    kind = event.get("type")
    if not isinstance(kind, str) or "group_id" not in event:
        raise unexpected()
    read = _READERS.get(kind)
    if read is not None:
        if not isinstance(event.get("object"), dict):
            raise unexpected()
        return [read(event, received_at)]
    if kind == "message_typing_state":
        return [Ignored(reason="typing")]
    known = re.fullmatch(r"[a-z_]{1,40}", kind)
    return [Ignored(reason=f"unsupported_{kind}" if known else "unsupported_event")]


def _new(event: Shape, received_at: datetime) -> Inbound:
    # Before version 5.103 the event's object was the message itself.
    message = part(part(event, "object"), "message") or part(event, "object")
    if ignored := _not_a_client(message.get("from_id"), message.get("peer_id")):
        return ignored
    return _incoming(event, message, received_at)


def _reply(event: Shape, received_at: datetime) -> Inbound:
    """The community wrote: we did, or a person in VK itself."""
    message = part(event, "object")
    if ignored := _not_a_person(message.get("peer_id")):
        return ignored
    if key := ids.key_in(message.get("payload")):
        return StatusChanged(
            external_message_id=ids.of_message(message),
            reached=Reached.SENT,
            at=moment(message.get("date"), received_at),
            key=key,
        )
    return _incoming(event, message, received_at, from_us=True)


def _incoming(event: Shape, message: Shape, received_at: datetime, *, from_us: bool = False) -> Inbound:
    found = content.read(message)
    if found is None:
        return Ignored(reason="service_message" if "action" in message else "unknown_content")
    peer, ref = message.get("peer_id"), clean_name(word(message, "ref"))
    return Incoming(
        sender=_sender(peer, {} if from_us else part(event, "profile")),
        external_message_id=ids.of_message(message),
        sent_at=moment(message.get("date"), received_at),
        text=word(message, "text"),
        media=found.media,
        reply_to=_answered(message),
        # https://dev.vk.com/ru/api/bots/development/ref: what an advertisement's link to the chat ended with
        ad_channel="vk" if ref else "",
        ad_id=ref,
        note=shorten(" ".join(found.notes), NOTE),
        from_us=from_us,
    )


def _edited(event: Shape, received_at: datetime) -> Inbound:
    message = part(event, "object")
    if ignored := _not_a_client(message.get("from_id"), message.get("peer_id")):
        return ignored
    return Edited(
        sender=_sender(message.get("peer_id")),
        external_message_id=ids.of_message(message),
        edited_at=moment(message.get("update_time"), received_at),
        text=word(message, "text"),
    )


def _allowed(event: Shape, received_at: datetime) -> Inbound:
    return _consent(event, received_at, reachable=True)


def _denied(event: Shape, received_at: datetime) -> Inbound:
    return _consent(event, received_at, reachable=False)


def _consent(event: Shape, received_at: datetime, *, reachable: bool) -> Inbound:
    """It carries no time of its own."""
    return Reachability(
        sender=_sender(part(event, "object").get("user_id")), reachable=reachable, at=received_at
    )


def _read(event: Shape, received_at: datetime) -> Inbound:
    """It carries no time of its own."""
    seen = part(event, "object")
    peer = seen.get("peer_id")
    if ignored := _not_a_client(seen.get("from_id"), peer):
        return ignored
    return ReachedUpTo(
        external_chat_id=as_id(peer),
        reached=Reached.READ,
        at=received_at,
        external_message_id=ids.message_id(
            peer, seen.get("conversation_message_id"), seen.get("read_message_id")
        ),
    )


def _pressed(event: Shape, received_at: datetime) -> Inbound:
    """A button under one of the community's messages. It carries no time of its own."""
    press = part(event, "object")
    user, peer = press.get("user_id"), press.get("peer_id")
    if ignored := _not_a_client(user, peer):
        return ignored
    name = word(press, "event_id")[:100]
    if not name:
        raise unexpected()
    under = press.get("conversation_message_id")
    return Incoming(
        sender=_sender(peer),
        external_message_id=f"event:{name}",
        sent_at=received_at,
        reply_to=ids.message_id(peer, under, None) if isinstance(under, int) and under > 0 else "",
        note=shorten(content.button_note(press.get("payload")), NOTE),
        press=word(press, "event_id"),
    )


def _reacted(event: Shape, received_at: datetime) -> Inbound:
    """Without a number the client took their sign away. It carries no time of its own."""
    reaction = part(event, "object")
    peer = reaction.get("peer_id")
    if ignored := _not_a_client(reaction.get("reacted_id"), peer):
        return ignored
    return Reacted(
        sender=_sender(peer),
        external_message_id=ids.message_id(peer, reaction.get("cmid"), None),
        emoji=_sign(reaction.get("reaction_id")),
        at=received_at,
    )


_READERS: Mapping[str, Callable[[Shape, datetime], Inbound]] = {
    "message_new": _new,
    "message_reply": _reply,
    "message_edit": _edited,
    "message_allow": _allowed,
    "message_deny": _denied,
    "message_read": _read,
    "message_event": _pressed,
    "message_reaction_event": _reacted,
}


def _not_a_client(writer: Any, peer: Any) -> Ignored | None:
    """Raises Rejected where the ids are no numbers."""
    if ignored := _not_a_person(peer):
        return ignored
    return Ignored(reason="community") if as_id(writer).startswith("-") else None


def _not_a_person(peer: Any) -> Ignored | None:
    number = int(as_id(peer))
    if number > ids.GROUP_CHATS:
        return Ignored(reason="group_chat")
    return None if number > 0 else Ignored(reason="community")


def _sender(peer: Any, profile: Shape | None = None) -> Sender:
    """A chat with one person has that person's number. VK names nobody: see `longpoll` for the profile."""
    user, known = as_id(peer), profile or {}
    return Sender(
        external_user_id=user,
        external_chat_id=user,
        name=clean_name(f"{word(known, 'first_name')} {word(known, 'last_name')}"),
        username=clean_name(word(known, "screen_name")),
    )


def _answered(message: Shape) -> str:
    """What is answered lies in the same chat, whether or not VK repeats which."""
    answered = part(message, "reply_message")
    numbered, alone = answered.get("conversation_message_id"), answered.get("id")
    if not isinstance(numbered, int) and not isinstance(alone, int):
        return ""
    return ids.message_id(message.get("peer_id"), numbered, alone)


def _sign(number: Any) -> str:
    if not isinstance(number, int) or isinstance(number, bool):
        return ""
    return REACTIONS[number - 1] if 1 <= number <= len(REACTIONS) else "•"
