"""Our messages to a client. https://www.twilio.com/docs/whatsapp/api"""

import re

from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from apps.channels.connectors.whatsapp.addresses import can_be_reached, file_address, webhook_of
from apps.channels.connectors.whatsapp.composing import check_message, id_in
from apps.channels.connectors.whatsapp.limits import TWILIO
from apps.channels.connectors.whatsapp.spec import Config
from apps.channels.connectors.whatsapp.twilio import client
from apps.channels.contract import Outgoing, Sent
from apps.core.errors import Rejected
from apps.integrations.opening import Opened


def render(message: Outgoing, *, sender: str, file_url: str = "", status_url: str = "") -> dict[str, str]:
    """Pure. Raises Rejected. Twilio has no field for the message that is answered."""
    check_message(message, TWILIO)
    values = {"From": f"whatsapp:{sender}", "To": f"whatsapp:{_recipient(message.external_chat_id)}"}
    if message.text.strip():
        values["Body"] = message.text
    if message.file is not None:
        values["MediaUrl"] = file_url
    if status_url:
        values["StatusCallback"] = status_url
    return values


@sensitive_variables()
def send(opened: Opened[Config], message: Outgoing) -> Sent:
    config = opened.config
    url = webhook_of(opened.connection)
    values = render(
        message,
        sender=config.twilio_number,
        file_url=file_address(config, message.file) if message.file else "",
        status_url=url if can_be_reached(config, url) else "",
    )
    return Sent(external_message_id=id_in(client.post(opened, "/Messages.json", values), "sid"))


def _recipient(chat: str) -> str:
    if re.fullmatch(r"\+?[0-9]{5,20}", chat):
        return f"+{chat.removeprefix('+')}"
    # A client who hides the number has an id of WhatsApp's.
    if re.fullmatch(r"[A-Z]{2}\.[A-Za-z0-9.]{1,128}", chat):
        return chat
    raise Rejected(_("This is not a WhatsApp number."), code="bad_chat")
