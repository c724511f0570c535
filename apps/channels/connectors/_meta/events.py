"""What a webhook body of Instagram or Messenger holds: `entry[].messaging[]`, one event each.

https://developers.facebook.com/docs/messenger-platform/reference/webhook-events
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from apps.channels.connectors._meta.webhook import SAMPLE
from apps.channels.contract import Ignored, Sender
from apps.channels.shapes import Shape, as_id, moment, part, parts, unexpected, word
from apps.core.text import clean_name

# An event is known by the field that it has.
KINDS = ("message", "postback", "message_edit", "reaction", "read", "delivery", "referral", "optin")
_HANDOVER = ("pass_thread_control", "take_thread_control", "request_thread_control", "app_roles")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """`object` is the body's own word for the service, `app` people's, `ad_channel` the advertisements'."""

    object: str
    app: str
    ad_channel: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One of `messaging[]`. `elsewhere`: another program leads this conversation at the moment."""

    shape: Shape
    kind: str
    account: str
    dialect: Dialect
    received_at: datetime
    elsewhere: bool = False

    @property
    def value(self) -> Shape:
        return part(self.shape, self.kind)

    @property
    def at(self) -> datetime:
        return moment(self.shape.get("timestamp"), self.received_at)

    @property
    def is_ours(self) -> bool:
        return self.value.get("is_echo") is True or _id(self.shape, "sender") == self.account

    @property
    def client(self) -> Sender:
        whose = "recipient" if self.is_ours else "sender"
        user = _id(self.shape, whose)
        return Sender(
            external_user_id=user,
            external_chat_id=user,
            username=clean_name(word(part(self.shape, whose), "username")),
        )


def events_of(body: Shape, *, dialect: Dialect, received_at: datetime) -> Iterator[Event | Ignored]:
    """Raises Rejected where the body is of another service, or an entry of no account."""
    entries = parts(body, "entry")
    if body.get("object") != dialect.object or not entries:
        raise unexpected()
    for entry in entries:
        account = as_id(entry.get("id"))
        if account == SAMPLE:
            yield Ignored(reason="sample")
            continue
        for shape, elsewhere in _shapes(entry):
            if isinstance(shape, Ignored):
                yield shape
                continue
            kind = next((name for name in KINDS if isinstance(shape.get(name), dict)), "")
            yield (
                Event(
                    shape=shape,
                    kind=kind,
                    account=account,
                    dialect=dialect,
                    received_at=received_at,
                    elsewhere=elsewhere,
                )
                if kind
                else _unsupported(shape)
            )


def _shapes(entry: Shape) -> Iterator[tuple[Shape | Ignored, bool]]:
    for shape in parts(entry, "messaging"):
        yield shape, False
    for shape in parts(entry, "standby"):
        yield shape, True
    for change in parts(entry, "changes"):
        # Messages may be wrapped as changes, too; comments and the like are not said to us.
        value = part(change, "value")
        is_event = isinstance(value.get("sender"), dict) and isinstance(value.get("recipient"), dict)
        yield (value if is_event else Ignored(reason=_reason(word(change, "field")))), False


def _unsupported(shape: Shape) -> Ignored:
    if any(name in shape for name in _HANDOVER):
        return Ignored(reason="handover")
    known = ("sender", "recipient", "timestamp")
    return Ignored(reason=_reason(next((name for name in shape if name not in known), "event")))


def _reason(kind: str) -> str:
    return f"unsupported_{kind}" if re.fullmatch(r"[a-z_]{1,40}", kind) else "unsupported_event"


def _id(shape: Shape, name: str) -> str:
    return as_id(part(shape, name).get("id"))
