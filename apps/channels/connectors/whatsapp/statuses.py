"""How far our messages got.

https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages/status
"""

import re
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from apps.channels.connectors.whatsapp.meaning import GONE
from apps.channels.connectors.whatsapp.shape import client_in, identifier
from apps.channels.contract import Ignored, Inbound, Reachability, Reached, StatusChanged
from apps.channels.shapes import Shape, moment, parts, word

_REACHED: Mapping[str, Reached] = {
    "sent": Reached.SENT,
    "delivered": Reached.DELIVERED,
    "read": Reached.READ,
    "played": Reached.READ,  # a voice message that was listened to
    "failed": Reached.FAILED,
}


def read_status(status: Shape, received_at: datetime) -> list[Inbound]:
    name = word(status, "status")
    reached = _REACHED.get(name)
    if reached is None:
        return [Ignored(reason=f"status_{name}" if re.fullmatch(r"[a-z_]{1,40}", name) else "status")]
    at, code = moment(status.get("timestamp"), received_at), _code(status)
    changed = StatusChanged(
        external_message_id=identifier(status, "id"),
        reached=reached,
        at=at,
        code=str(code or "") if reached is Reached.FAILED else "",
        key=_key(status),
    )
    if reached is Reached.FAILED and code in GONE:
        return [changed, *_gone(status, at)]
    return [changed]


def _gone(status: Shape, at: datetime) -> list[Inbound]:
    phone, user = word(status, "recipient_id").strip(), word(status, "recipient_user_id").strip()
    if not (phone or user):
        return []
    return [Reachability(sender=client_in({}, phone=phone, user=user), reachable=False, at=at)]


def _code(status: Shape) -> int | None:
    codes = (error.get("code") for error in parts(status, "errors"))
    return next((code for code in codes if type(code) is int and 0 <= code < 10**9), None)


def _key(status: Shape) -> str:
    """Ours is a UUID; another program that uses the number may have given anything."""
    try:
        return str(UUID(word(status, "biz_opaque_callback_data")))
    except ValueError:
        return ""
