"""Our messages to a client. https://green-api.com/en/docs/api/sending/"""

from typing import Any

from django.views.decorators.debug import sensitive_variables

from apps.channels.connectors.whatsapp.addresses import file_address
from apps.channels.connectors.whatsapp.composing import check_message, id_in
from apps.channels.connectors.whatsapp.green_api import client
from apps.channels.connectors.whatsapp.green_api.chats import chat_of
from apps.channels.connectors.whatsapp.limits import GREEN_API
from apps.channels.connectors.whatsapp.spec import Config
from apps.channels.contract import Call, Outgoing, Sent
from apps.integrations.opening import Opened


def render(message: Outgoing, *, file_url: str = "") -> Call:
    """Pure. Raises Rejected."""
    check_message(message, GREEN_API)
    values: dict[str, Any] = {"chatId": chat_of(message.external_chat_id)}
    if message.reply_to:
        values["quotedMessageId"] = message.reply_to
    if message.file is None:
        return Call(method="sendMessage", json=values | {"message": message.text})
    values |= {"urlFile": file_url, "fileName": message.file.name}
    if message.text.strip():
        values["caption"] = message.text
    return Call(method="sendFileByUrl", json=values)


@sensitive_variables()
def send(opened: Opened[Config], message: Outgoing) -> Sent:
    url = file_address(opened.config, message.file) if message.file else ""
    call = render(message, file_url=url)
    return Sent(external_message_id=id_in(client.post(opened, call.method, call.json), "idMessage"))
