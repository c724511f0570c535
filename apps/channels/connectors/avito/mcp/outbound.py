"""Our messages to a chat: POST /api/messages/send and /api/messages/send/image, {chat_id, …}.

What goes to many goes by the same route, one by one: of /api/messages/send/bulk the specification tells
neither body nor answer, and a campaign can be stopped, keeps to the rate and has an outcome for everyone.
"""

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from apps.channels.connectors.avito.ids import as_key
from apps.channels.connectors.avito.mcp import client
from apps.channels.connectors.avito.spec import LIMITS, Config
from apps.channels.contract import Call, MediaKind, Outgoing, OutgoingFile, Sent
from apps.channels.shapes import part
from apps.core.errors import OutcomeUnknown, Rejected
from apps.core.files.storing import stored
from apps.integrations.opening import Opened


def render(message: Outgoing) -> Call:
    """Pure; `method` is the path. Raises Rejected for what Avito would refuse anyway."""
    chat = message.external_chat_id.strip()
    if not chat:
        raise Rejected(_("This is not an Avito chat."), code="bad_chat")
    if message.file is not None:
        if message.file.kind is not MediaKind.IMAGE:
            raise Rejected(_("Avito takes texts and pictures only."), code="unsupported_file")
        if message.text.strip():
            raise Rejected(
                _("Avito shows no text under a picture. Send it as its own message."), code="caption_too_long"
            )
        return Call(method="/api/messages/send/image", json={"chat_id": chat})
    if not message.text.strip():
        raise Rejected(_("There is nothing to send."), code="empty")
    if len(message.text) > LIMITS.text:
        raise Rejected(_("The text is too long for Avito: at most 1000 characters."), code="too_long")
    return Call(method="/api/messages/send", json={"chat_id": chat, "text": message.text})


@sensitive_variables()
def send(opened: Opened[Config], message: Outgoing) -> Sent:
    """The server has no key of ours to know a repeat by: a lost answer is OutcomeUnknown."""
    call = render(message)
    answer = (
        _upload(opened, call, message.file) if message.file else client.post(opened, call.method, call.json)
    )
    if not isinstance(answer, dict) or answer.get("success") is not True:
        raise OutcomeUnknown(code="not_the_api")
    response = part(answer, "response")
    return Sent(external_message_id=as_key(response.get("id")) or as_key(answer.get("message_id")))


@sensitive_variables()
def mark_read(opened: Opened[Config], *, external_chat_id: str, external_message_id: str) -> None:
    """The client sees at Avito that all of the chat was read: the server knows no «up to»."""
    client.post(opened, client.of_chat(external_chat_id, "read"), {}, idempotent=True)


def _upload(opened: Opened[Config], call: Call, file: OutgoingFile) -> Any:
    """The specification names the route and not its body: a form with the file, as Avito itself takes it."""
    with stored(file.path) as content:
        return client.post(
            opened, call.method, call.json, files={"image": (file.name, content, file.content_type)}
        )
