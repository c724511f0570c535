"""The normalised message, and what a messenger's connector offers beside `integrations.contract`.

The shape follows the customer's normalised message (channel, external ids, text, media, meta,
prefilled_data), with what all messengers need besides: kinds other than a message, replies, aware times.
`parse` and `render` are pure; `send` and `fetch` do the I/O. Nothing above this app knows a vendor's field.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, BinaryIO, ClassVar, Protocol

from apps.integrations.contract import ConnectorConfig, Spec
from apps.integrations.opening import Opened


class Capability(StrEnum):
    """What a messenger can do. What is not listed is refused before anything is sent."""

    TEXT = "text"
    IMAGE = "image"
    VOICE = "voice"
    AUDIO = "audio"
    VIDEO = "video"
    DOCUMENT = "document"
    REPLY = "reply"
    DELIVERED = "delivered"
    READ = "read"
    # Each side sees while the other is typing (`channels.presence`).
    TYPING = "typing"
    # The service itself recognises a repeated send by our key, so that a lost answer may be asked for again.
    IDEMPOTENT_SEND = "idempotent_send"


class MediaKind(StrEnum):
    IMAGE = "image"
    VOICE = "voice"
    AUDIO = "audio"
    VIDEO = "video"
    DOCUMENT = "document"
    STICKER = "sticker"


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookRequest:
    """An HTTP request as a connector sees it. Header names are lower case."""

    method: str
    body: bytes
    headers: Mapping[str, str]
    query: Mapping[str, str]


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """A client's message, normalised. `sent_at` is aware; `prefilled` has `model`, `parts_owner` …"""

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
    """The messenger says how far one of our messages got; `code` is the vendor's reason when it failed.

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


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingFile:
    """A file to send, from our own storage."""

    kind: MediaKind
    name: str
    content_type: str
    size: int
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """One message to one chat. `key` is ours, unique for ever: a vendor that can, deduplicates by it.

    `quiet_for` is the time since the client last wrote, where that is known; `by_human` whether a person
    wrote it: some services allow people more than machines.
    """

    key: str
    external_chat_id: str
    external_user_id: str
    text: str = ""
    file: OutgoingFile | None = None
    reply_to: str = ""
    quiet_for: timedelta | None = None
    by_human: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request that `render` wants made: pure data, so that it can be looked at without a network."""

    method: str
    json: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """The vendor took it. `external_message_id` is empty where the vendor gives none."""

    external_message_id: str = ""
    request_id: str = ""
    reached: Reached = Reached.SENT
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What the policy gate checks before anything is sent.

    `text` counts characters, or bytes of UTF-8 with `in_bytes`; a longer text goes as several messages,
    broken between words, with `splits`. `caption` is the longest text that goes under a file, 0 where none
    does. `file_bytes` bounds every kind of file, `bytes_of` single ones, and `types_of` names the content
    types that a kind may have, where not all pass. `window` is how long after the client's last message
    anything may be sent, `human_window` how long a person may.
    """

    text: int = 4096
    in_bytes: bool = False
    splits: bool = False
    caption: int = 1024
    file_bytes: int = 20 * 1024 * 1024
    bytes_of: Mapping[MediaKind, int] = field(default_factory=dict)
    types_of: Mapping[MediaKind, frozenset[str]] = field(default_factory=dict)
    window: timedelta | None = None
    human_window: timedelta | None = None


class ChannelConnector(Protocol):
    """A messenger. The functions below are looked up on the module (or package) by name."""

    SPEC: ClassVar[Spec]
    Config: ClassVar[type[ConnectorConfig]]
    LIMITS: ClassVar[Limits]
    # Headers that prove who sent a webhook: kept, encrypted, with an event whose account is not known yet.
    PROOF_HEADERS: ClassVar[tuple[str, ...]]
    # Optional: what the vendor expects to hear (an empty 200), whether bodies may be forms (False), and
    # whether there is a webhook at all (True).
    ACCEPTED: ClassVar[Reply]
    FORM_BODIES: ClassVar[bool]
    HAS_WEBHOOK: ClassVar[bool]

    def account_in(self, request: WebhookRequest) -> str:
        """The account the payload itself names, or an empty string."""
        ...

    def account_of(self, config: Any) -> str:
        """The same account as the connection's settings name it, or an empty string."""
        ...

    def secret_in(self, request: WebhookRequest) -> str:
        """The shared secret that came along, where it alone tells the account; else an empty string."""
        ...

    def secret_of(self, config: Any) -> str:
        """The same secret as the connection's settings hold it, or an empty string."""
        ...

    def verify(self, config: Any, request: WebhookRequest) -> bool:
        """Whether the request proves to come from the vendor, in constant time."""
        ...

    def handshake(self, config: Any, request: WebhookRequest) -> Reply | None:
        """The answer to a GET or a confirmation request; None where this is an ordinary event."""
        ...

    def parse(self, body: bytes, *, received_at: datetime, timezone: str) -> list[Inbound]:
        """Everything one webhook body holds. Raises `Rejected` where the body is not this vendor's."""
        ...

    def send(self, opened: Opened[Any], message: Outgoing) -> Sent:
        """Raises `core.errors`: `Rejected(code="recipient_gone")` when this client cannot be reached."""
        ...

    def fetch(self, opened: Opened[Any], media: Media, to: BinaryIO) -> str:
        """Write the file into `to`; returns the content type that the vendor names. Raises `core.errors`."""
        ...
