"""The client's app hears that a pressed button has arrived. https://core.telegram.org/bots/api#answercallbackquery"""

from django.views.decorators.debug import sensitive_variables

from apps.channels.connectors.telegram import client
from apps.channels.connectors.telegram.spec import Config
from apps.core.text import clean
from apps.integrations.opening import Opened

SHOWN = 200


@sensitive_variables()
def answer_press(opened: Opened[Config], *, press: str, external_chat_id: str, text: str) -> None:
    """Until then the button shows that it is waiting."""
    values = {"callback_query_id": press}
    if text:
        values["text"] = clean(text, limit=SHOWN)
    client.call(opened, "answerCallbackQuery", values, idempotent=True)
