"""Our messages to a client. https://dev.vk.com/ru/method/messages.send"""

import json
from typing import Any

import structlog
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from apps.channels.connectors.vk import client, ids, keyboard
from apps.channels.connectors.vk.meaning import SEND, not_vk, peer_error
from apps.channels.connectors.vk.spec import VOICE_TYPES, Config
from apps.channels.contract import Call, MediaKind, Outgoing, OutgoingFile, Sent
from apps.channels.models import Delivery
from apps.channels.shapes import Shape, part, parts
from apps.core.errors import Rejected, Transient
from apps.core.files.storing import stored
from apps.integrations.opening import Opened

log = structlog.get_logger(__name__)

PHOTO_TYPES = frozenset({"image/jpeg", "image/png"})
TURNS = 3


def render(message: Outgoing, *, turn: int = 0) -> Call:
    """Pure, but for the attachment, which has to be handed over first. Raises Rejected.

    `turn` makes another `random_id` of the same key.
    """
    if not message.external_chat_id.isdecimal():
        raise Rejected(_("This is not a VK chat."), code="bad_chat")
    if not message.text.strip() and message.file is None:
        raise Rejected(_("There is nothing to send."), code="empty")
    values: dict[str, Any] = {
        # In this form alone the answer has the number by which later events name the message.
        "peer_ids": message.external_chat_id,
        "random_id": ids.random_id(message.key, turn),
        "payload": ids.payload_of(message.key),
    }
    if message.text:
        values["message"] = message.text
    if message.buttons:
        values["keyboard"] = keyboard.of_buttons(message.buttons)
    answered = ids.numbers_of(message.reply_to)
    if isinstance(answered, int):
        values["reply_to"] = answered
    elif answered is not None:
        peer, number = answered
        forward = {"peer_id": peer, "conversation_message_ids": [number], "is_reply": True}
        values["forward"] = json.dumps(forward)
    return Call(method=SEND, json=values)


@sensitive_variables()
def send(opened: Opened[Config], message: Outgoing) -> Sent:
    """VK knows a repeat by its `random_id` and then answers with the first message, whatever it said.

    Two of our keys may share one by chance, and the second message would never be sent: an answer that names
    another delivery's message is asked for again under another number.
    """
    render(message)  # refused before a file goes out
    attachment = _attach(opened, message.external_chat_id, message.file) if message.file else {}
    for turn in range(TURNS):
        rendered = render(message, turn=turn)
        found = _only(client.call(opened, rendered.method, {**rendered.json, **attachment}))
        if error := found.get("error"):
            raise peer_error(error)
        sent = ids.message_id(
            message.external_chat_id, found.get("conversation_message_id"), found.get("message_id")
        )
        if not _is_anothers(opened, message, sent):
            return Sent(external_message_id=sent)
        log.warning("vk.random_id_taken", connection=opened.connection.pk, turn=turn)
    raise Transient(code="random_id_taken")


def _only(response: Any) -> Shape:
    """The one recipient's part of the answer; a plain number where a server knows `peer_id` alone."""
    if isinstance(response, int) and not isinstance(response, bool):
        return {"message_id": response}
    found = parts({"found": response}, "found")
    if not found or not (found[0].get("message_id") or found[0].get("error")):
        raise not_vk()
    return found[0]


def _is_anothers(opened: Opened[Config], message: Outgoing, sent: str) -> bool:
    same = Delivery.objects.filter(channel__connection=opened.connection, external_message_id=sent)
    return any(str(key) != message.key for key in same.values_list("key", flat=True))


def _attach(opened: Opened[Config], peer: str, file: OutgoingFile) -> dict[str, str]:
    """Hand the file over; what VK then calls it."""
    is_photo = file.kind is MediaKind.IMAGE and file.content_type in PHOTO_TYPES
    with stored(file.path) as content:
        hand_over = _photo if is_photo else _document
        return {"attachment": hand_over(opened, peer, file, content)}


def _photo(opened: Opened[Config], peer: str, file: OutgoingFile, content: Any) -> str:
    """https://dev.vk.com/ru/api/upload/photo-in-message"""
    place = client.call(opened, "photos.getMessagesUploadServer", {"peer_id": peer})
    given = client.upload(opened, _address(place), {"photo": (file.name, content, file.content_type)})
    if not given.get("photo") or given.get("photo") == "[]":
        raise Rejected(_("VK did not take the picture: its format or its size."), code="upload_refused")
    handed = {name: given.get(name, "") for name in ("photo", "server", "hash")}
    saved = parts({"saved": client.call(opened, "photos.saveMessagesPhoto", handed)}, "saved")
    return _reference("photo", saved[0] if saved else {})


def _document(opened: Opened[Config], peer: str, file: OutgoingFile, content: Any) -> str:
    """https://dev.vk.com/ru/api/upload/document-in-message. A voice message is a document of a kind."""
    is_voice = file.kind is MediaKind.VOICE and file.content_type in VOICE_TYPES
    kind = "audio_message" if is_voice else "doc"
    place = client.call(opened, "docs.getMessagesUploadServer", {"type": kind, "peer_id": peer})
    given = client.upload(opened, _address(place), {"file": (file.name, content, file.content_type)})
    if not isinstance(given.get("file"), str):
        raise Rejected(_("VK did not take the file: its type or its content."), code="upload_refused")
    saved = client.call(opened, "docs.save", {"file": given["file"], "title": file.name})
    shape: Shape = saved if isinstance(saved, dict) else {}
    kept = shape.get("type")
    return _reference("doc", part(shape, kept) if isinstance(kept, str) else {})


def _address(place: Any) -> str:
    url = place.get("upload_url") if isinstance(place, dict) else None
    if not isinstance(url, str):
        raise not_vk()
    return url


def _reference(kind: str, saved: Shape) -> str:
    owner, number, key = saved.get("owner_id"), saved.get("id"), saved.get("access_key")
    if not (isinstance(owner, int) and isinstance(number, int)):
        raise not_vk()
    return f"{kind}{owner}_{number}" + (f"_{key}" if isinstance(key, str) and key else "")
