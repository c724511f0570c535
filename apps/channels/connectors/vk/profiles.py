"""Who writes, where an event came by the Callback API; Long Poll brings the profile along (`longpoll`).

https://dev.vk.com/ru/method/users.get
"""

from django.views.decorators.debug import sensitive_variables

from apps.channels.connectors.vk import client
from apps.channels.connectors.vk.spec import Config
from apps.channels.contract import Sender
from apps.channels.shapes import parts, word
from apps.core.text import clean_name
from apps.integrations.opening import Opened


@sensitive_variables()
def profile(opened: Opened[Config], *, external_user_id: str, external_chat_id: str) -> Sender | None:
    """None where VK knows no such person."""
    asked = {"user_ids": external_user_id, "fields": "screen_name"}
    found = parts({"found": client.call(opened, "users.get", asked)}, "found")
    if not found:
        return None
    name = f"{word(found[0], 'first_name')} {word(found[0], 'last_name')}"
    return Sender(
        external_user_id=external_user_id,
        external_chat_id=external_chat_id,
        name=clean_name(name.strip()),
        username=clean_name(word(found[0], "screen_name")),
    )
