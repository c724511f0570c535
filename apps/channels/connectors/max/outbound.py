"""Our messages to a chat. https://dev.max.ru/docs-api/methods/POST/messages"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from apps.channels.buttons import in_rows
from apps.channels.connectors.max import client
from apps.channels.connectors.max.inbound import NOT_A_MESSAGE
from apps.channels.connectors.max.spec import LIMITS, Config
from apps.channels.contract import Call, MediaKind, Outgoing, OutgoingFile, Sent
from apps.core.errors import Rejected
from apps.core.files.storing import stored
from apps.integrations.opening import Opened

# https://dev.max.ru/docs-api/methods/POST/uploads: what it names; whatever else goes as a file.
TYPES: Mapping[str, frozenset[str]] = {
    "image": frozenset(
        {"image/jpeg", "image/png", "image/gif", "image/tiff", "image/bmp", "image/heic", "image/heif"}
    ),
    "video": frozenset({"video/mp4", "video/quicktime", "video/x-matroska", "video/webm"}),
    "audio": frozenset(
        {
            "audio/mpeg",
            "audio/mp4",
            "audio/x-m4a",
            "audio/wav",
            "audio/x-wav",
            "audio/ogg",
            "audio/opus",
            "audio/aac",
        }
    ),
}
UPLOADS: Mapping[MediaKind, str] = {
    MediaKind.IMAGE: "image",
    MediaKind.VIDEO: "video",
    MediaKind.AUDIO: "audio",
    # There is no voice note of its own: MAX shows an audio as one.
    MediaKind.VOICE: "audio",
}
ROWS = 30


def render(message: Outgoing, *, text_format: str) -> Call:
    """Pure. `message.upload` is the file's token. Raises Rejected for what MAX would refuse anyway."""
    if len(message.text) > LIMITS.text:
        raise Rejected(_("The text is too long for MAX: 4000 characters at most."), code="too_long")
    if message.file is None and not message.text.strip():
        raise Rejected(_("There is nothing to send."), code="empty")
    values: dict[str, Any] = {}
    if message.text.strip():
        values["text"] = message.text
        if text_format:
            values["format"] = text_format
    if message.file is not None:
        # The only attachment: next to an audio or a file MAX allows no other.
        values["attachments"] = [{"type": upload_kind(message.file), "payload": {"token": message.upload}}]
    elif message.buttons:
        values["attachments"] = [_keyboard(message.buttons)]
    if message.reply_to and not message.reply_to.startswith(NOT_A_MESSAGE):
        values["link"] = {"type": "reply", "mid": message.reply_to}
    return Call(method="POST /messages", json=values)


def recipient(message: Outgoing) -> dict[str, int]:
    """The query: the chat where it is known, else the client themselves."""
    name, value = "chat_id", message.external_chat_id
    if not value:
        name, value = "user_id", message.external_user_id
    try:
        return {name: int(value)}
    except ValueError:
        raise Rejected(_("This is not a chat of MAX."), code="bad_chat") from None


def upload_kind(file: OutgoingFile) -> str:
    kind = UPLOADS.get(file.kind, "file")
    return kind if file.content_type in TYPES.get(kind, ()) else "file"


def _keyboard(buttons: Sequence[str]) -> dict[str, Any]:
    """What is pressed comes back as `payload`: so even without the message it is known what stood there.

    https://dev.max.ru/docs-api/objects/InlineKeyboardAttachmentRequest
    """
    rows = [
        [{"type": "callback", "text": text, "payload": text} for text in row]
        for row in in_rows(buttons, most_rows=ROWS)
    ]
    return {"type": "inline_keyboard", "payload": {"buttons": rows}}


@sensitive_variables()
def send(opened: Opened[Config], message: Outgoing) -> Sent:
    """Raises StillProcessing, of a file: no message was made then."""
    call = render(message, text_format=opened.config.format)
    return Sent(external_message_id=client.post_message(opened, recipient(message), call.json))


@sensitive_variables()
def upload(opened: Opened[Config], message: Outgoing) -> str:
    """Nothing is uploaded for what MAX would refuse anyway."""
    recipient(message)
    render(message, text_format=opened.config.format)
    file = message.file
    if file is None:
        raise Rejected(_("There is nothing to send."), code="empty")
    with stored(file.path) as content:
        return client.upload(
            opened, upload_kind(file), name=file.name, content=content, content_type=file.content_type
        )
