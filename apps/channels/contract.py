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

from apps.integrations.contract import ConnectorConfig, Rate, Spec
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
    # Approved templates, which may go when nothing else may: the connector offers `templates`.
    TEMPLATE = "template"
    # The client can be shown that we have read: the connector offers `mark_read`.
    MARK_READ = "mark_read"
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


# What is listened to; the same container may hold pictures.
SOUNDS = frozenset({MediaKind.VOICE, MediaKind.AUDIO})


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


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingFile:
    """A file to send, from our own storage.

    `is_recording`: as a browser's recorder left it, in a container that tells nothing of what is inside; what
    reaches a connector is none any more.
    """

    kind: MediaKind
    name: str
    content_type: str
    size: int
    path: str
    is_recording: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateButton:
    """A button under a template. `value` is what is filled in for it: an address with {{1}}, a code."""

    text: str
    value: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A text that the service has approved. Placeholders stand in it as {{1}} or {{client_name}}.

    `examples` are by `templates.Slot.key`. `obstacle` is a short stable word for why it cannot be sent from
    here (it wants a picture, or a code of another program); empty where it can.
    """

    external_id: str
    name: str
    language: str
    category: str
    body: str
    header: str = ""
    footer: str = ""
    buttons: tuple[TemplateButton, ...] = ()
    examples: Mapping[str, str] = field(default_factory=dict)
    obstacle: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilledTemplate:
    """A template with a value for each of its slots, by `templates.Slot.key`."""

    template: Template
    values: Mapping[str, str] = field(default_factory=dict)


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
    # Set: it goes as this template, and `text` is how it reads when filled.
    template: FilledTemplate | None = None


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
class HistoryPage:
    """One step through what was said before: bodies for the connector's own `parse`, and where to go on.

    Of one chat the newest come first. `cursor` is empty at the end; a page may be empty although more follow.
    """

    bodies: tuple[bytes, ...]
    cursor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What the policy gate checks before anything is sent.

    `text` counts characters, or bytes of UTF-8 with `in_bytes`; a longer text goes as several messages,
    broken between words, with `splits`. `caption` is the longest text that goes under a file, 0 where none
    does, and `caption_of` that of single kinds. `file_bytes` bounds every kind of file, `bytes_of` single
    ones, and `types_of` names the content types that a kind may have, where not all pass; sound of another
    type is converted to one of them before it is sent, where we can write it. `window` is how long after the
    client's last message anything may be sent, `human_window` how long a person may. `template` is the
    longest filled body of one. `per_dialogue` is how many messages one client may be sent, and `cost_of` what
    a file of a kind counts against the SPEC's rate if more than one.
    """

    text: int = 4096
    in_bytes: bool = False
    splits: bool = False
    caption: int = 1024
    caption_of: Mapping[MediaKind, int] = field(default_factory=dict)
    file_bytes: int = 20 * 1024 * 1024
    bytes_of: Mapping[MediaKind, int] = field(default_factory=dict)
    types_of: Mapping[MediaKind, frozenset[str]] = field(default_factory=dict)
    window: timedelta | None = None
    human_window: timedelta | None = None
    template: int = 1024
    per_dialogue: Rate | None = None
    cost_of: Mapping[MediaKind, int] = field(default_factory=dict)
    # What the connector can, and a connection with these limits cannot.
    without: frozenset[Capability] = frozenset()

    def caption_under(self, kind: MediaKind) -> int:
        return self.caption_of.get(kind, self.caption)

    def bytes_in(self, kind: MediaKind) -> int:
        return min(self.file_bytes, self.bytes_of.get(kind, self.file_bytes))


class ChannelConnector(Protocol):
    """A messenger. The functions below are looked up on the module (or package) by name.

    Besides, it may offer

    - `sentence_of(code) -> str | Promise | None`: for the codes with which its statuses tell of failures, one
      sentence on what happened, who must act and whether it is repeated. Pure; `FAILURE_CODES` are those it
      knows;
    - with `Capability.TEMPLATE`: `templates(opened) -> list[Template]`, all that are approved, and
      `TEMPLATES_MADE_AT`, a sentence on where a person makes them;
    - with `Capability.MARK_READ`: `mark_read(opened, *, external_chat_id, external_message_id)`: the client
      sees that we have read up to this message of theirs. Safe to repeat. Raises `core.errors`;
    - `history(opened, *, since, until, cursor) -> HistoryPage`: what was said from `since` (inclusive) to
      `until` (exclusive), both aware; "" begins. It only reads and keeps nothing: the same cursor may be
      asked for again after any failure. Raises `core.errors`.
    """

    SPEC: ClassVar[Spec]
    Config: ClassVar[type[ConnectorConfig]]
    LIMITS: ClassVar[Limits]
    # Headers that prove who sent a webhook: kept, encrypted, with an event whose account is not known yet.
    PROOF_HEADERS: ClassVar[tuple[str, ...]]
    # Optional: what the vendor expects to hear (an empty 200), whether bodies that call themselves forms are
    # taken beside JSON (False), and whether there is a webhook at all (True). And `accounts_in`, `part_of`
    # where one body may hold events of several accounts: see `accounts`.
    ACCEPTED: ClassVar[Reply]
    FORM_BODIES: ClassVar[bool]
    HAS_WEBHOOK: ClassVar[bool]
    # Optional, of a service that signs nothing (False): the channel's own address, which nobody can guess, is
    # proof enough where no secret came along. What proves nothing is then kept as unverified, not refused.
    ADDRESS_PROVES: ClassVar[bool]

    def limits_of(self, settings: Mapping[str, Any]) -> Limits:
        """Optional: the limits of one connection, where they depend on its settings (secrets are not in it).

        LIMITS are those of the default settings then.
        """
        ...

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
