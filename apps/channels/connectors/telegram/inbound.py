"""Updates as messages. https://core.telegram.org/bots/api#update

Only private chats are conversations here. What is said in a group, by a bot or in a channel is ignored,
with its reason.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from apps.channels.buttons import pressed_note
from apps.channels.connectors.telegram import content
from apps.channels.contract import Edited, Ignored, Inbound, Incoming, Reachability, Sender
from apps.channels.shapes import Shape, as_id, decoded, moment, part, unexpected, word
from apps.core.text import clean_name, shorten

NOTE = 500
_START = re.compile(r"/start(?:@\w+)?\s+([\w-]{1,64})\s*")


def parse(body: bytes, *, received_at: datetime, timezone: str) -> list[Inbound]:
    update = decoded(body)
    if "update_id" not in update:
        raise unexpected()
    for kind, read in _READERS.items():
        if isinstance(update.get(kind), dict):
            return [read(update[kind], received_at)]
    kind = next((name for name in update if name != "update_id"), "update")
    return [
        Ignored(reason=f"unsupported_{kind}" if re.fullmatch(r"[a-z_]{1,40}", kind) else "unsupported_update")
    ]


def _message(message: Shape, received_at: datetime) -> Inbound:
    if ignored := _not_a_client(message):
        return ignored
    found = content.read(message)
    if found is None:
        return Ignored(reason="service_message" if content.is_service(message) else "unknown_content")
    text = _text(message)
    started = _START.fullmatch(text)
    return Incoming(
        sender=_sender(message, phone=found.own_phone),
        external_message_id=as_id(message.get("message_id")),
        sent_at=moment(message.get("date"), received_at),
        text=text,
        media=found.media,
        reply_to=_reply_to(message),
        album=word(message, "media_group_id")[:100],
        # https://core.telegram.org/bots/features#deep-linking: what an advertisement's link ended with.
        ad_channel="telegram" if started else "",
        ad_id=started[1] if started else "",
        note=shorten(" ".join(found.notes), NOTE),
    )


def _edited(message: Shape, received_at: datetime) -> Inbound:
    if ignored := _not_a_client(message):
        return ignored
    return Edited(
        sender=_sender(message),
        external_message_id=as_id(message.get("message_id")),
        edited_at=moment(message.get("edit_date"), received_at),
        text=_text(message),
    )


def _callback(query: Shape, received_at: datetime) -> Inbound:
    """A button under one of the bot's messages. It carries no time of its own."""
    message = part(query, "message")
    if ignored := _not_a_client({"chat": message.get("chat"), "from": query.get("from")}):
        return ignored
    data = word(query, "data")
    label = _label(message, data)
    return Incoming(
        sender=_sender({"chat": message.get("chat"), "from": query.get("from")}),
        external_message_id=f"callback:{word(query, 'id')[:100]}",
        sent_at=received_at,
        text=label or data,
        reply_to=as_id(message.get("message_id")),
        # Of a keyboard of ours the data is what stands on the button, or how it begins.
        note="" if _is_ours(label, data) else shorten(pressed_note(data, words=label), NOTE),
        press=word(query, "id"),
    )


def _membership(change: Shape, received_at: datetime) -> Inbound:
    if ignored := _not_a_client(change):
        return ignored
    status = part(change, "new_chat_member").get("status")
    if status not in ("kicked", "member"):
        return Ignored(reason="membership")
    return Reachability(
        sender=_sender(change),
        reachable=status == "member",
        at=moment(change.get("date"), received_at),
    )


_READERS: Mapping[str, Callable[[Shape, datetime], Inbound]] = {
    "message": _message,
    "edited_message": _edited,
    "callback_query": _callback,
    "my_chat_member": _membership,
}


def _not_a_client(message: Shape) -> Ignored | None:
    kind = part(message, "chat").get("type")
    if kind != "private":
        return Ignored(reason="channel_post" if kind == "channel" else "group_chat")
    if part(message, "from").get("is_bot") is True:
        return Ignored(reason="bot")
    return None


def _sender(message: Shape, *, phone: str = "") -> Sender:
    user = part(message, "from")
    return Sender(
        external_user_id=as_id(user.get("id")),
        external_chat_id=as_id(part(message, "chat").get("id")),
        name=clean_name(f"{word(user, 'first_name')} {word(user, 'last_name')}"),
        username=clean_name(word(user, "username")),
        phone=phone,
    )


def _text(message: Shape) -> str:
    return word(message, "text") or word(message, "caption")


def _reply_to(message: Shape) -> str:
    answered = part(message, "reply_to_message").get("message_id")
    return as_id(answered) if answered is not None else ""


def _is_ours(label: str, data: str) -> bool:
    """What stands on the button, or how that begins: see `outbound`."""
    beginning, cut, _number = data.rpartition("…")
    return data == label or bool(cut and beginning and label.startswith(beginning))


def _label(message: Shape, data: str) -> str:
    """What stood on the button."""
    rows: Any = part(message, "reply_markup").get("inline_keyboard")
    buttons = (
        [button for row in rows if isinstance(row, list) for button in row] if isinstance(rows, list) else []
    )
    return next(
        (
            word(one, "text")
            for one in buttons
            if isinstance(one, dict) and word(one, "callback_data") == data
        ),
        "",
    )
