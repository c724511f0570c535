"""Updates as messages. https://dev.max.ru/docs-api/objects/Update

Only dialogs are conversations here: what happens in a group or a channel is ignored, with its reason. An
update has no id of its own: a message is known by `body.mid`, the rest by what it is and when it was (ms).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from apps.channels.buttons import pressed_note
from apps.channels.connectors.max import content
from apps.channels.contract import Edited, Ignored, Inbound, Incoming, Reachability, Sender
from apps.channels.shapes import Shape, as_id, decoded, moment, part, unexpected, word
from apps.core.text import clean_name, shorten

NOTE = 500
# Ids that are ours, of what is no message there: nothing can reply to it.
PRESSED, STARTED = "callback:", "started:"
NOT_A_MESSAGE = (PRESSED, STARTED)
LONGEST_MID = 150
_START = re.compile(r"/start\s+([\w-]{1,128})\s*")
_CHATS = ("bot_added", "bot_removed", "user_added", "user_removed", "chat_title_changed")
_DIALOG = ("dialog_muted", "dialog_unmuted", "dialog_cleared", "dialog_removed")


def parse(body: bytes, *, received_at: datetime, timezone: str) -> list[Inbound]:
    update = decoded(body)
    kind = update.get("update_type")
    if not isinstance(kind, str) or not kind:
        raise unexpected()
    if read := _READERS.get(kind):
        return read(update, received_at)
    if kind in _CHATS:
        return [Ignored(reason="channel_post" if update.get("is_channel") is True else "group_chat")]
    if kind in _DIALOG:
        return [Ignored(reason=kind)]
    return [
        Ignored(reason=f"unsupported_{kind}" if re.fullmatch(r"[a-z_]{1,40}", kind) else "unsupported_update")
    ]


def _created(update: Shape, received_at: datetime) -> list[Inbound]:
    message = part(update, "message")
    if ignored := _not_a_dialog(message):
        return [ignored]
    found = content.read(message)
    if found.is_empty:
        return [Ignored(reason="unknown_content")]
    from_us = _is_bot(message)
    if from_us and part(message, "recipient").get("user_id") is None:
        return [Ignored(reason="bot")]
    started = None if from_us else _START.fullmatch(found.text)
    said = Incoming(
        sender=_recipient(message) if from_us else _sender(message, phone=found.own_phone),
        external_message_id=_mid(part(message, "body").get("mid")),
        sent_at=moment(message.get("timestamp"), received_at),
        text=found.text,
        media=found.media,
        reply_to=_reply_to(message),
        # What the link of an advertisement ended with: https://max.ru/<bot>?start=<payload>
        ad_channel="max" if started else "",
        ad_id=started[1] if started else "",
        note=shorten(" ".join(found.notes), NOTE),
        # Our own, or what another program says with the same token.
        from_us=from_us,
    )
    return [said]


def _edited(update: Shape, received_at: datetime) -> list[Inbound]:
    """The message as it now is; its own time stays that of its making."""
    message = part(update, "message")
    if ignored := _not_a_dialog(message):
        return [ignored]
    if _is_bot(message):
        return [Ignored(reason="bot")]
    changed = Edited(
        sender=_sender(message),
        external_message_id=_mid(part(message, "body").get("mid")),
        edited_at=moment(update.get("timestamp"), received_at),
        text=content.text_of(message),
    )
    return [changed]


def _removed(update: Shape, received_at: datetime) -> list[Inbound]:
    """It does not say what kind of chat it was: those of groups and channels are below zero."""
    sender = _person({"user_id": update.get("user_id")}, update.get("chat_id"))
    if sender.external_chat_id.startswith("-"):
        return [Ignored(reason="group_chat")]
    removed = Edited(
        sender=sender,
        external_message_id=_mid(update.get("message_id")),
        edited_at=moment(update.get("timestamp"), received_at),
        deleted=True,
    )
    return [removed]


def _pressed(update: Shape, received_at: datetime) -> list[Inbound]:
    """A button under one of the bot's messages. Its id is the keyboard's: with the time it is a press."""
    callback, message = part(update, "callback"), part(update, "message")
    if message and (ignored := _not_a_dialog(message)):
        return [ignored]
    # Where the message was deleted meanwhile, the payload still tells what stood there.
    data = word(callback, "payload")
    label = _label(message, data)
    if not message and not data:
        return [Ignored(reason="button_of_deleted_message")]
    at = callback.get("timestamp") or update.get("timestamp")
    pressed = Incoming(
        sender=_presser(callback, message),
        external_message_id=f"{PRESSED}{_time_id(at)}:{_mid(callback.get('callback_id'), cut=True)}",
        sent_at=moment(at, received_at),
        text=label or data,
        reply_to=_mid(part(message, "body").get("mid")) if message else "",
        # Of a keyboard of ours the data is what stands on the button.
        note=shorten(pressed_note(data, words=label), NOTE),
        press=word(callback, "callback_id"),
    )
    return [pressed]


def _started(update: Shape, received_at: datetime) -> list[Inbound]:
    """«Start», for the first time or again; by an advertisement's link it brings that link's ending."""
    sender, at = _person(part(update, "user"), update.get("chat_id")), update.get("timestamp")
    payload = word(update, "payload")[:200]
    said = Incoming(
        sender=sender,
        external_message_id=f"{STARTED}{_time_id(at)}:{sender.external_chat_id}",
        sent_at=moment(at, received_at),
        ad_channel="max" if payload else "",
        ad_id=payload,
        note=content.started_note(),
    )
    return [said, Reachability(sender=sender, reachable=True, at=moment(at, received_at))]


def _stopped(update: Shape, received_at: datetime) -> list[Inbound]:
    sender = _person(part(update, "user"), update.get("chat_id"))
    return [Reachability(sender=sender, reachable=False, at=moment(update.get("timestamp"), received_at))]


_READERS: Mapping[str, Callable[[Shape, datetime], list[Inbound]]] = {
    "message_created": _created,
    "message_edited": _edited,
    "message_removed": _removed,
    "message_callback": _pressed,
    "bot_started": _started,
    "bot_stopped": _stopped,
}
# What the bot subscribes to: all that people are to see. Groups and the silence of dialogs are not asked for.
UPDATE_TYPES = tuple(_READERS)


def _not_a_dialog(message: Shape) -> Ignored | None:
    kind = part(message, "recipient").get("chat_type")
    if kind == "dialog":
        return None
    if kind not in ("chat", "channel"):
        raise unexpected()
    return Ignored(reason="channel_post" if kind == "channel" else "group_chat")


def _is_bot(message: Shape) -> bool:
    return part(message, "sender").get("is_bot") is True


def _sender(message: Shape, *, phone: str = "") -> Sender:
    return _person(part(message, "sender"), part(message, "recipient").get("chat_id"), phone=phone)


def _recipient(message: Shape) -> Sender:
    """Of what the bot said: the client."""
    there = part(message, "recipient")
    return _person({"user_id": there.get("user_id")}, there.get("chat_id"))


def _presser(callback: Shape, message: Shape) -> Sender:
    """The chat stays empty where the message that told it is gone."""
    sender = _person(part(callback, "user"), part(message, "recipient").get("chat_id") if message else 0)
    return sender if message else replace(sender, external_chat_id="")


def _person(user: Shape, chat_id: Any, *, phone: str = "") -> Sender:
    return Sender(
        external_user_id=as_id(user.get("user_id")),
        external_chat_id=as_id(chat_id),
        name=clean_name(f"{word(user, 'first_name')} {word(user, 'last_name')}")
        or clean_name(word(user, "name")),
        username=clean_name(word(user, "username")),
        phone=phone,
    )


def _mid(value: Any, *, cut: bool = False) -> str:
    """A message's id, as text. Without it nothing can be told apart: Rejected."""
    text = clean_name(value, limit=None) if isinstance(value, str) else ""
    if not text or (len(text) > LONGEST_MID and not cut):
        raise unexpected()
    return text[:LONGEST_MID]


def _time_id(value: Any) -> str:
    return str(value) if isinstance(value, int) and 0 <= value < 10**15 else ""


def _reply_to(message: Shape) -> str:
    link = part(message, "link")
    answered = word(part(link, "message"), "mid") if link.get("type") == "reply" else ""
    return answered if len(answered) <= LONGEST_MID else ""


def _label(message: Shape, data: str) -> str:
    """What stood on the button."""
    for attached in content.keyboards(message):
        rows = part(attached, "payload").get("buttons")
        buttons = (
            [one for row in rows if isinstance(row, list) for one in row] if isinstance(rows, list) else []
        )
        for one in buttons:
            if isinstance(one, dict) and word(one, "payload") == data and word(one, "text"):
                return word(one, "text")
    return ""
