"""What comes in, normalised: messages, changes of them, and how far ours got."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from apps.channels.contract.kinds import MediaKind


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookRequest:
    """An HTTP request as a connector sees it. Header names are lower case.

    `url` is the address as the messenger called it, PUBLIC_URL with path and query: some sign it. `public_id`
    is the channel's own part of it; empty at a shared address.
    """

    method: str
    body: bytes
    headers: Mapping[str, str]
    query: Mapping[str, str]
    url: str = ""
    public_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What the vendor expects to hear."""

    status: int = 200
    body: str = ""
    content_type: str = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """A file that came with a message. `ref` is whatever the connector's `fetch` needs: an id, an address."""

    kind: MediaKind
    ref: str
    name: str = ""
    content_type: str = ""
    size: int | None = None
    seconds: int | None = None
    transcript: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """The client as the messenger names them. The phone is an attribute, never the key."""

    external_user_id: str
    external_chat_id: str
    name: str = ""
    username: str = ""
    phone: str = ""
    email: str = ""
    # What the chat is about, as a note, where only `profile` tells it: the advertisement's title.
    about: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """A client's message, normalised; a pressed button is one, in the button's words.

    `sent_at` is aware; `prefilled` has `model`, `parts_owner` …
    """

    sender: Sender
    external_message_id: str
    sent_at: datetime
    text: str = ""
    media: tuple[Media, ...] = ()
    reply_to: str = ""
    album: str = ""
    ad_channel: str = ""
    ad_id: str = ""
    prefilled: Mapping[str, Any] = field(default_factory=dict)
    # What could not be expressed above, said for the operator: «[location 55.7, 37.6]».
    note: str = ""
    # Written by our side in the vendor's own app: shown, never answered.
    from_us: bool = False
    # A button was pressed and the service waits to hear that we have it: the name `answer_press` knows it by.
    press: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edited:
    """The client changed what they wrote; `deleted` means they took it back."""

    sender: Sender
    external_message_id: str
    edited_at: datetime
    text: str = ""
    deleted: bool = False


class Reached(StrEnum):
    """How far an outgoing message got, lowest first; a status only moves forward."""

    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusChanged:
    """The messenger says how far one of our messages got; `code` is the vendor's reason when it failed, which
    the connector's `sentence_of` says in words.

    `key` is our own `Outgoing.key` where the messenger repeats it: by it even a message without an answer is
    found.
    """

    external_message_id: str
    reached: Reached
    at: datetime
    code: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reachability:
    """The client blocked or unblocked us."""

    sender: Sender
    reachable: bool
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignored:
    """Nothing for people in it. `reason` is a short stable word, shown on the accounting page."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReachedUpTo:
    """All that we sent to this chat got so far: up to one of our messages, or else up to the time `at`."""

    external_chat_id: str
    reached: Reached
    at: datetime
    external_message_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reacted:
    """The client put a sign under a message, of ours or of their own; empty: they took it away."""

    sender: Sender
    external_message_id: str
    emoji: str
    at: datetime


Inbound = Incoming | Edited | StatusChanged | ReachedUpTo | Reacted | Reachability | Ignored
