"""Our messages to a chat: POST /api/messages/send {chat_id, text}, /send/image {chat_id, image_url} and
/send/bulk {messages: [{chat_id, text}]}.

What a campaign says goes by the last, one message in each request: so it can be stopped, keeps to the rate,
and a lost answer leaves one client in doubt, not a hundred.
"""

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from apps.channels.connectors.avito.ids import as_key
from apps.channels.connectors.avito.mcp import client
from apps.channels.connectors.avito.mcp.meaning import line_of
from apps.channels.connectors.avito.spec import LIMITS, Config
from apps.channels.contract import Call, MediaKind, Outgoing, Sent
from apps.channels.public_files import public_url, refuse_http
from apps.channels.shapes import part
from apps.core.errors import ConfigInvalid, OutcomeUnknown, Rejected
from apps.core.files.storing import streamed
from apps.integrations.opening import Opened

SEND, BULK = "/api/messages/send", "/api/messages/send/bulk"


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
        address = public_url(message.file)
        return Call(method="/api/messages/send/image", json={"chat_id": chat, "image_url": address})
    if not message.text.strip():
        raise Rejected(_("There is nothing to send."), code="empty")
    if len(message.text) > LIMITS.text:
        raise Rejected(_("The text is too long for Avito: at most 1000 characters."), code="too_long")
    one = {"chat_id": chat, "text": message.text}
    return Call(method=BULK, json={"messages": [one]}) if message.in_bulk else Call(method=SEND, json=one)


@sensitive_variables()
def send(opened: Opened[Config], message: Outgoing) -> Sent:
    """The server has no key of ours to know a repeat by: a lost answer is OutcomeUnknown."""
    call = render(message)
    if message.file:
        if opened.config.base_url.startswith("https://"):
            refuse_http(call.json["image_url"])
        # What has left the storage is refused here: the server would take an address with nothing behind it.
        streamed(message.file.path).close()
    told = _post(opened, call)
    if not isinstance(told, dict) or told.get("success") is not True:
        raise OutcomeUnknown(code="not_the_api")
    response = part(told, "response") or part(told, "result")
    return Sent(external_message_id=as_key(response.get("id")) or as_key(told.get("message_id")))


def _post(opened: Opened[Config], call: Call) -> Any:
    """What the server says of this message."""
    if call.method != BULK:
        return client.post(opened, call.method, call.json)
    try:
        # That all of them went well is no word of this one: what says nothing of it leaves it in doubt.
        return line_of(client.post(opened, BULK, call.json))
    except ConfigInvalid as error:
        if error.code != "not_the_api":
            raise
    # A server that does not know the way in bulk has done nothing yet.
    return client.post(opened, SEND, call.json["messages"][0])


@sensitive_variables()
def mark_read(opened: Opened[Config], *, external_chat_id: str, external_message_id: str) -> None:
    """The client sees at Avito that all of the chat was read: the server knows no «up to»."""
    client.post(opened, client.of_chat(external_chat_id, "read"), {}, idempotent=True)
