"""Who writes: Meta's webhooks bring a number of the client's that stands for them in this account alone.

https://developers.facebook.com/docs/messenger-platform/identity/user-profile
"""

from typing import Any

from django.views.decorators.debug import sensitive_variables

from apps.channels.connectors._meta import client
from apps.channels.contract import Sender
from apps.channels.shapes import word
from apps.core.text import clean_name
from apps.integrations.opening import Opened


@sensitive_variables()
def profile_of(
    opened: Opened[Any],
    *,
    external_user_id: str,
    external_chat_id: str,
    names: tuple[str, ...],
    username: str = "",
) -> Sender:
    """`names` are the fields that together make the name."""
    asked = (*names, username) if username else names
    found = client.get(opened, external_user_id, fields=",".join(asked))
    return Sender(
        external_user_id=external_user_id,
        external_chat_id=external_chat_id,
        name=clean_name(" ".join(word(found, name) for name in names).strip()),
        username=clean_name(word(found, username)) if username else "",
    )
