"""Our messages to a chat. https://core.telegram.org/bots/api#sendmessage"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_variables

from apps.channels.buttons import in_rows
from apps.channels.connectors.telegram import client
from apps.channels.connectors.telegram.spec import VOICE_TYPES, Config
from apps.channels.contract import Call, MediaKind, Outgoing, OutgoingFile, Sent
from apps.core.errors import OutcomeUnknown, Rejected
from apps.core.files.storing import stored
from apps.integrations.opening import Opened

CAPTION = 1024
DATA_BYTES = 64
PHOTO_BYTES = 10 * 1024 * 1024
PHOTO_TYPES = frozenset({"image/jpeg", "image/png", "image/webp"})
AUDIO_TYPES = frozenset({"audio/mpeg", "audio/mp4", "audio/x-m4a"})


def render(message: Outgoing, *, parse_mode: str) -> Call:
    """Pure. Raises Rejected for what Telegram would refuse anyway."""
    try:
        values: dict[str, Any] = {"chat_id": int(message.external_chat_id)}
    except ValueError:
        raise Rejected(gettext_lazy("This is not a Telegram chat."), code="bad_chat") from None
    method, words = "sendMessage", "text"
    if message.file is not None:
        method, words = _method_of(message.file), "caption"
        if len(message.text) > CAPTION:
            raise Rejected(
                gettext_lazy("The text under a file may have 1024 characters. Send it as its own message."),
                code="caption_too_long",
            )
    elif not message.text.strip():
        raise Rejected(gettext_lazy("There is nothing to send."), code="empty")
    if message.text:
        values[words] = message.text
        if parse_mode:
            values["parse_mode"] = parse_mode
    return Call(method=method, json=values | _around(message))


def _around(message: Outgoing) -> dict[str, Any]:
    values: dict[str, Any] = {}
    if message.buttons:
        values["reply_markup"] = {"inline_keyboard": _keyboard(message.buttons)}
    if message.reply_to.isdecimal():
        # Answered although the client may have deleted what it replies to.
        values["reply_parameters"] = {
            "message_id": int(message.reply_to),
            "allow_sending_without_reply": True,
        }
    return values


def _keyboard(buttons: Sequence[str]) -> list[list[dict[str, str]]]:
    """What is pressed comes back as `callback_data`: even without the message it is known what stood there.

    https://core.telegram.org/bots/api#inlinekeyboardbutton
    """
    data = {text: _data(text, number) for number, text in enumerate(buttons)}
    return [
        [{"text": text, "callback_data": data[text]} for text in row]
        for row in in_rows(buttons, most_rows=len(buttons))
    ]


def _data(text: str, number: int) -> str:
    """At most 64 bytes; what is cut to that stays different from the others."""
    if len(text.encode()) <= DATA_BYTES:
        return text
    mark = f"…{number}"
    return text.encode()[: DATA_BYTES - len(mark.encode())].decode(errors="ignore") + mark


@sensitive_variables()
def send(opened: Opened[Config], message: Outgoing) -> Sent:
    rendered = render(message, parse_mode=opened.config.parse_mode)
    values, notes = dict(rendered.json), []
    while True:
        # Both are refusals: nothing was sent, so to send otherwise is still the same one attempt.
        try:
            result = _call(opened, rendered.method, values, message.file)
        except client.BadMarkup:
            if values.pop("parse_mode", None) is None:
                raise
            notes.append(_("Sent as plain text: Telegram could not read the formatting."))
        except client.Migrated as moved:
            if values["chat_id"] == moved.chat_id:
                raise
            values["chat_id"] = moved.chat_id
            notes.append(_("Sent to the chat's new id %(chat)s.") % {"chat": moved.chat_id})
        else:
            return Sent(external_message_id=_message_id(result), note=" ".join(notes))


def _call(opened: Opened[Config], method: str, values: Mapping[str, Any], file: OutgoingFile | None) -> Any:
    if file is None:
        return client.call(opened, method, values)
    form = {name: json.dumps(value) if isinstance(value, dict) else value for name, value in values.items()}
    field = method.removeprefix("send").lower()
    with stored(file.path) as content:
        return client.call(opened, method, form, files={field: (file.name, content, file.content_type)})


def _message_id(result: Any) -> str:
    number = result.get("message_id") if isinstance(result, dict) else None
    if not isinstance(number, int):
        raise OutcomeUnknown(code="no_message_id")
    return str(number)


def _method_of(file: OutgoingFile) -> str:
    """What Telegram would show otherwise, or refuse, goes as a document."""
    if file.kind is MediaKind.IMAGE and file.content_type in PHOTO_TYPES and file.size <= PHOTO_BYTES:
        return "sendPhoto"
    if file.kind is MediaKind.VOICE and file.content_type in VOICE_TYPES:
        return "sendVoice"
    if file.kind is MediaKind.AUDIO and file.content_type in AUDIO_TYPES:
        return "sendAudio"
    if file.kind is MediaKind.VIDEO and file.content_type == "video/mp4":
        return "sendVideo"
    return "sendDocument"
