"""The client's app hears that a pressed button has arrived. https://dev.max.ru/docs-api/methods/POST/answers"""

from django.views.decorators.debug import sensitive_variables

from apps.channels.connectors.max import client
from apps.channels.connectors.max.spec import Config
from apps.integrations.opening import Opened


@sensitive_variables()
def answer_press(opened: Opened[Config], *, press: str, external_chat_id: str, text: str) -> None:
    """MAX wants to hear something: a notification has to have a sign at least."""
    client.answer(opened, press, text or "✓")
