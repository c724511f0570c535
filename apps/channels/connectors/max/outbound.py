"""Our messages to a chat. https://dev.max.ru/docs-api/methods/POST/messages"""

import time
from collections.abc import Mapping
from typing import Any

from django.core.files.storage import default_storage
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from apps.channels.connectors.max import client
from apps.channels.connectors.max.errors import NotReady
from apps.channels.connectors.max.inbound import NOT_A_MESSAGE
from apps.channels.connectors.max.spec import LIMITS, Config
from apps.channels.contract import Call, MediaKind, Outgoing, OutgoingFile, Sent
from apps.core.errors import Rejected
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
# Seconds between tries while MAX processes what was uploaded, and after how many all of them end: the
# delivery's lease must outlast the upload and these.
PAUSES = (1.0, 2.0, 4.0, 8.0, 16.0)
PROCESSING_SECONDS = 45.0


def render(message: Outgoing, *, text_format: str, token: str = "") -> Call:
    """Pure. `token` is the uploaded file's. Raises Rejected for what MAX would refuse anyway."""
    if len(message.text) > LIMITS.text:
        raise Rejected(_("The text is too long for MAX: 4000 characters at most."), code="too_long")
    if message.file is None and not message.text.strip():
        raise Rejected(_("There is nothing to send."), code="empty")
    values: dict[str, Any] = {}
    if message.text.strip():
        values["text"] = message.text
        if text_format:
            values["format"] = text_format
    if message.file is not None and token:
        # The only attachment: next to an audio or a file MAX allows no other.
        values["attachments"] = [{"type": upload_kind(message.file), "payload": {"token": token}}]
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


@sensitive_variables()
def send(opened: Opened[Config], message: Outgoing) -> Sent:
    to, text_format = recipient(message), opened.config.format
    call = render(message, text_format=text_format)
    if message.file is not None:
        call = render(message, text_format=text_format, token=_upload(opened, message.file))
    return Sent(external_message_id=_send(opened, to, call.json))


def _upload(opened: Opened[Config], file: OutgoingFile) -> str:
    try:
        content = default_storage.open(file.path)
    except FileNotFoundError:
        raise Rejected(_("The file is not in the storage any more."), code="file_gone") from None
    with content:
        return client.upload(
            opened, upload_kind(file), name=file.name, content=content, content_type=file.content_type
        )


def _send(opened: Opened[Config], to: Mapping[str, int], values: Mapping[str, Any]) -> str:
    """«Not ready» is a refusal: no message was made, so to ask again is still the same one attempt."""
    end = time.monotonic() + PROCESSING_SECONDS
    for pause in PAUSES:
        try:
            return client.post_message(opened, to, values)
        except NotReady:
            if time.monotonic() + pause > end:
                raise
        _wait(pause)
    return client.post_message(opened, to, values)


def _wait(seconds: float) -> None:
    time.sleep(seconds)
