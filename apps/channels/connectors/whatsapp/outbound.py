"""Our messages to a client.

https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/send-messages
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from apps.channels.connectors.whatsapp import client
from apps.channels.connectors.whatsapp.meaning import not_the_api
from apps.channels.connectors.whatsapp.spec import LIMITS, VOICE_TYPES, Config
from apps.channels.connectors.whatsapp.templates import render_template
from apps.channels.contract import Call, MediaKind, Outgoing, OutgoingFile, Sent
from apps.core.errors import OutcomeUnknown, Rejected
from apps.core.files.storing import stored
from apps.integrations.opening import Opened

IMAGE_TYPES = frozenset({"image/jpeg", "image/png"})
VIDEO_TYPES = frozenset({"video/mp4", "video/3gpp"})
# A voice message is Opus in Ogg and nothing else; any other sound goes as an audio file.
AUDIO_TYPES = frozenset({"audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg"})
_PHONE = re.compile(r"\+?[0-9]{5,20}")
# https://developers.facebook.com/documentation/business-messaging/whatsapp/business-scoped-user-ids
_USER_ID = re.compile(r"[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128}")


def render(message: Outgoing, *, media_id: str = "") -> Call:
    """Pure. Raises Rejected for what WhatsApp would refuse anyway. A file is named by its uploaded id."""
    values: dict[str, Any] = {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        **_recipient(message.external_chat_id),
        "biz_opaque_callback_data": message.key,
    }
    if message.reply_to:
        values["context"] = {"message_id": message.reply_to}
    if message.template is not None:
        return Call(method="messages", json=values | render_template(message.template))
    if message.file is None:
        said = _text(message.text)
        if message.buttons:
            said = _with_buttons(message.text, message.buttons)
        return Call(method="messages", json=values | said)
    kind = _type_of(message.file)
    return Call(
        method="messages",
        json=values | {"type": kind, kind: _file(kind, message.file, message.text, media_id)},
    )


@sensitive_variables()
def send(opened: Opened[Config], message: Outgoing) -> Sent:
    """Whatever would be refused is refused before a file is uploaded for it."""
    rendered = render(message)
    if message.file is not None:
        rendered = render(message, media_id=_upload(opened, message.file))
    number = opened.config.phone_number_id
    answer = client.post(opened, f"{number}/{rendered.method}", rendered.json)
    return Sent(external_message_id=_message_id(answer))


def _recipient(chat: str) -> dict[str, str]:
    if _PHONE.fullmatch(chat):
        return {"to": chat}
    if _USER_ID.fullmatch(chat):
        return {"recipient": chat}
    raise Rejected(_("This is not a WhatsApp number."), code="bad_chat")


def _text(text: str) -> dict[str, Any]:
    if not text.strip():
        raise Rejected(_("There is nothing to send."), code="empty")
    if len(text) > LIMITS.text:
        raise Rejected(_("The text is too long for WhatsApp: 4096 characters at most."), code="too_long")
    return {"type": "text", "text": {"preview_url": False, "body": text}}


def _with_buttons(text: str, buttons: Sequence[str]) -> dict[str, Any]:
    """https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/interactive-reply-buttons-messages"""
    replies = [{"type": "reply", "reply": {"id": one, "title": one}} for one in buttons]
    body, action = {"text": text}, {"buttons": replies}
    return {"type": "interactive", "interactive": {"type": "button", "body": body, "action": action}}


def _file(kind: str, file: OutgoingFile, text: str, media_id: str) -> dict[str, Any]:
    values: dict[str, Any] = {"id": media_id}
    if kind == "document":
        values["filename"] = file.name
    if kind == "audio" and file.kind is MediaKind.VOICE and file.content_type in VOICE_TYPES:
        values["voice"] = True
    if not text.strip():
        return values
    if kind == "audio":
        raise Rejected(
            _("WhatsApp carries no text under a sound. Send it as its own message."), code="no_caption"
        )
    if len(text) > LIMITS.caption:
        raise Rejected(
            _("The text under a file may have 1024 characters. Send it as its own message."),
            code="caption_too_long",
        )
    return values | {"caption": text}


def _type_of(file: OutgoingFile) -> str:
    """What WhatsApp would not show as such goes as a document."""
    if file.kind is MediaKind.IMAGE and file.content_type in IMAGE_TYPES:
        return "image"
    if file.kind is MediaKind.VIDEO and file.content_type in VIDEO_TYPES:
        return "video"
    if file.kind in (MediaKind.VOICE, MediaKind.AUDIO) and file.content_type in VOICE_TYPES | AUDIO_TYPES:
        return "audio"
    return "document"


@sensitive_variables()
def _upload(opened: Opened[Config], file: OutgoingFile) -> str:
    """https://developers.facebook.com/documentation/business-messaging/whatsapp/business-phone-numbers/media"""
    # Opus is accepted in its container's name alone.
    content_type = "audio/ogg" if file.content_type in VOICE_TYPES else file.content_type
    with stored(file.path) as content:
        found = client.upload(
            opened,
            f"{opened.config.phone_number_id}/media",
            {"messaging_product": "whatsapp", "type": content_type},
            (_plain_name(file.name), content, content_type),
        )
    media_id = found.get("id")
    if not isinstance(media_id, str) or not media_id:
        raise not_the_api()
    return media_id


def _plain_name(name: str) -> str:
    """For the form alone: clients see the name that goes with the message."""
    return (
        name
        if name.isascii() and name.isprintable()
        else f"file{PurePath(name).suffix}".encode("ascii", "ignore").decode()
    )


def _message_id(answer: Mapping[str, Any]) -> str:
    messages = answer.get("messages")
    first = messages[0] if isinstance(messages, list) and messages else None
    found = first.get("id") if isinstance(first, dict) else None
    if not isinstance(found, str) or not found:
        raise OutcomeUnknown(code="no_message_id")
    return found
