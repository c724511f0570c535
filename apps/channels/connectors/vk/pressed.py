"""The client's app hears that a pressed button has arrived.

Of the community's own keyboards: a button of ours says its words in the chat and waits for nothing.
https://dev.vk.com/ru/method/messages.sendMessageEventAnswer
"""

from django.views.decorators.debug import sensitive_variables

from apps.channels.connectors.vk import client
from apps.channels.connectors.vk.spec import Config
from apps.integrations.opening import Opened


@sensitive_variables()
def answer_press(opened: Opened[Config], *, press: str, external_chat_id: str, text: str) -> None:
    """Until then, for a minute at most, the button shows that it is waiting."""
    ids = {"user_id": external_chat_id, "peer_id": external_chat_id}
    client.call(opened, "messages.sendMessageEventAnswer", {"event_id": press, **ids})
