"""Our messages to a client.

https://docs.bird.com/api/channels-api/supported-channels/programmable-whatsapp/sending-messages
"""

from typing import Any

from django.views.decorators.debug import sensitive_variables

from apps.channels.connectors.whatsapp.addresses import file_address
from apps.channels.connectors.whatsapp.bird import client
from apps.channels.connectors.whatsapp.composing import check_message, id_in, phone_of
from apps.channels.connectors.whatsapp.limits import BIRD
from apps.channels.connectors.whatsapp.spec import Config
from apps.channels.contract import MediaKind, Outgoing, OutgoingFile, Sent
from apps.integrations.opening import Opened


def render(message: Outgoing, *, file_url: str = "") -> dict[str, Any]:
    """Pure. Raises Rejected. Bird returns the reference with every status."""
    check_message(message, BIRD)
    receiver = {"identifierKey": "phonenumber", "identifierValue": f"+{phone_of(message.external_chat_id)}"}
    body = {"type": "text", "text": {"text": message.text}}
    if message.file is not None:
        body = _file(message.file, message.text, file_url)
    return {"receiver": {"contacts": [receiver]}, "body": body, "reference": message.key}


@sensitive_variables()
def send(opened: Opened[Config], message: Outgoing) -> Sent:
    url = file_address(opened.config, message.file) if message.file else ""
    answer = client.post(opened, "/messages", render(message, file_url=url))
    return Sent(external_message_id=id_in(answer, "id"))


def _file(file: OutgoingFile, text: str, url: str) -> dict[str, Any]:
    words = {"text": text} if text.strip() else {}
    if file.kind is MediaKind.IMAGE and file.content_type in ("image/jpeg", "image/png"):
        return {"type": "image", "image": {"images": [{"mediaUrl": url}], **words}}
    named = {"mediaUrl": url, "contentType": file.content_type, "filename": file.name}
    return {"type": "file", "file": {"files": [named], **words}}
