"""Messages of clients, and ours to them. https://developers.facebook.com/docs/instagram-platform"""

from datetime import datetime
from typing import Any

from django.views.decorators.debug import sensitive_variables

from apps.channels.connectors._meta import inbound, outbound
from apps.channels.connectors._meta.profiles import profile_of
from apps.channels.connectors.instagram.spec import DIALECT, Config
from apps.channels.contract import Call, Inbound, Outgoing, Sender, Sent
from apps.integrations.opening import Opened


def parse(body: bytes, *, received_at: datetime, timezone: str) -> list[Inbound]:
    return inbound.parse(body, dialect=DIALECT, received_at=received_at)


def render(message: Outgoing) -> Call:
    """Pure. Raises Rejected for what Instagram would refuse anyway."""
    values: dict[str, Any] = {
        "recipient": outbound.recipient_of(message),
        "message": outbound.content_of(message),
    }
    if outbound.is_late(message):
        values |= {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
    return Call(method="messages", json=values)


@sensitive_variables()
def send(opened: Opened[Config], message: Outgoing) -> Sent:
    return outbound.post(opened, message, render(message).json)


@sensitive_variables()
def profile(opened: Opened[Config], *, external_user_id: str, external_chat_id: str) -> Sender:
    """https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/messaging-api"""
    return profile_of(
        opened,
        external_user_id=external_user_id,
        external_chat_id=external_chat_id,
        names=("name",),
        username="username",
    )
