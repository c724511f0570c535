"""The client is shown that we have read. https://dev.max.ru/docs-api/methods/POST/chats/-chatId-/actions"""

import re

from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from apps.channels.connectors.max import client
from apps.channels.connectors.max.spec import Config
from apps.core.errors import Rejected
from apps.integrations.opening import Opened


@sensitive_variables()
def mark_read(opened: Opened[Config], *, external_chat_id: str, external_message_id: str) -> None:
    """All of the chat: MAX knows no «up to»."""
    if not re.fullmatch(r"-?[0-9]{1,20}", external_chat_id):
        raise Rejected(_("This is not a chat of MAX."), code="bad_chat")
    client.act(opened, external_chat_id, "mark_seen")
