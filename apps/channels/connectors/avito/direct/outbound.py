"""Our messages to a chat. https://developers.avito.ru/api-catalog/messenger/documentation#operation/postSendMessage"""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from apps.channels.connectors.avito.direct import client
from apps.channels.connectors.avito.direct.access import chat_gone
from apps.channels.connectors.avito.spec import IMAGE_TYPES, LIMITS, Config
from apps.channels.contract import Call, MediaKind, Outgoing, OutgoingFile, Sent
from apps.core.errors import OutcomeUnknown, Rejected
from apps.core.files.storing import stored
from apps.integrations.opening import Opened


def render(message: Outgoing, *, shape: str = "v1", image_id: str = "") -> Call:
    """Pure. `method` is the version of the call and the rest of its path after the chat.

    v1 is Avito's own, with the type beside the message; v2 the customer's specification, with it inside.
    Raises Rejected for what Avito would refuse anyway.
    """
    if image_id:
        return Call(method="v1 messages/image", json={"image_id": image_id})
    if not message.text.strip():
        raise Rejected(_("There is nothing to send."), code="empty")
    if len(message.text) > LIMITS.text:
        raise Rejected(_("Avito takes up to 1000 characters in a message."), code="too_long")
    if shape == "v2":
        return Call(method="v2 messages", json={"message": {"type": "text", "text": message.text}})
    return Call(method="v1 messages", json={"message": {"text": message.text}, "type": "text"})


@sensitive_variables()
def send(opened: Opened[Config], message: Outgoing) -> Sent:
    if message.file is not None and message.text.strip():
        raise Rejected(
            _("Avito shows no text under a picture. Send it as its own message."), code="caption_too_long"
        )
    image_id = _upload(opened, message.file) if message.file else ""
    rendered = render(message, shape=opened.config.send_shape, image_id=image_id)
    version, _space, rest = rendered.method.partition(" ")
    path = client.in_account(opened, version, "chats", message.external_chat_id, *rest.split("/"))
    answer = client.call(
        opened,
        "POST",
        path,
        idempotent=False,
        options=lambda: {"json": dict(rendered.json)},
        missing=chat_gone,
    )
    return Sent(external_message_id=_message_id(answer))


@sensitive_variables()
def mark_read(opened: Opened[Config], *, external_chat_id: str, external_message_id: str) -> None:
    """https://developers.avito.ru/api-catalog/messenger/documentation#operation/chatRead"""
    path = client.in_account(opened, "v1", "chats", external_chat_id, "read")
    client.call(opened, "POST", path, idempotent=True, missing=chat_gone)


@sensitive_variables()
def _upload(opened: Opened[Config], file: OutgoingFile) -> str:
    """The picture's id. A picture uploaded twice is shown to nobody twice."""
    if file.kind is not MediaKind.IMAGE or file.content_type not in IMAGE_TYPES:
        raise Rejected(_("Avito carries pictures only: JPEG, PNG, GIF, BMP or HEIC."), code="bad_type")
    with stored(file.path) as content:
        path = client.in_account(opened, "v1", "uploadImages")
        answer = _uploaded(opened, path, _form(file, content))
    found = [name for name, sizes in answer.items() if name and isinstance(sizes, dict)]
    if len(found) != 1:
        raise Rejected(_("Avito took the picture but did not say where it is."), code="no_image_id")
    return found[0]


def _form(file: OutgoingFile, content: Any) -> Callable[[], dict[str, Any]]:
    def form() -> dict[str, Any]:
        content.seek(0)
        files = {"uploadfile[]": (file.name, content, file.content_type)}
        return {"files": files, "deadline": client.UPLOAD_SECONDS}

    return form


@sensitive_variables()
def _uploaded(opened: Opened[Config], path: str, form: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    try:
        return client.call(opened, "POST", path, idempotent=True, options=form)
    except Rejected as error:
        code = error.code
    if code != "bad_request":
        raise Rejected(_("The file is too large for Avito."), code=code)
    raise Rejected(
        _("Avito did not take this picture: it may have up to 24 MB and 75 megapixels."), code="bad_image"
    )


def _message_id(answer: dict[str, Any]) -> str:
    found = answer.get("id")
    if not isinstance(found, (str, int)) or isinstance(found, bool) or not found:
        raise OutcomeUnknown(code="no_message_id")
    return str(found)
