"""The functions that a messenger's connector offers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO, ClassVar, Protocol

from apps.channels.contract.incoming import Inbound, Media, Reply, WebhookRequest
from apps.channels.contract.outgoing import Limits, Outgoing, Sent
from apps.integrations.contract import ConnectorConfig, Spec
from apps.integrations.opening import Opened


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryPage:
    """One step through what was said before: bodies for the connector's own `parse`, and where to go on.

    Of one chat the newest come first. `cursor` is empty at the end; a page may be empty although more follow.
    """

    bodies: tuple[bytes, ...]
    cursor: str


class ChannelConnector(Protocol):
    """A messenger. The functions below are looked up on the module (or package) by name.

    Besides, it may offer

    - `sentence_of(code) -> str | Promise | None`: for the codes with which its statuses tell of failures, one
      sentence on what happened, who must act and whether it is repeated. Pure; `FAILURE_CODES` are those it
      knows;
    - with `Capability.TEMPLATE`: `templates(opened) -> list[Template]`, all that are approved, and
      `TEMPLATES_MADE_AT`, a sentence on where a person makes them;
    - with `Capability.START`: `client_by_phone(phone) -> Sender | None`, under which ids a client with this
      phone («+79001234567») writes, so that their answer comes to the same conversation; None where the
      number can't be theirs. Pure;
    - with `Capability.MARK_READ`: `mark_read(opened, *, external_chat_id, external_message_id)`: the client
      sees that we have read up to this message of theirs. Safe to repeat. Raises `core.errors`;
    - where its `Incoming` may have a `press`: `answer_press(opened, *, press, external_chat_id, text)`: the
      client's app stops waiting and, where it can, shows `text` for a moment; "" shows nothing. Safe to
      repeat. Raises `core.errors`;
    - `upload(opened, message) -> str`: the message's file is handed over ahead of it, so that it is so once
      for all tries. What the service calls it comes back as `Outgoing.upload`; `send` then raises
      `StillProcessing` while the file is not ready. It sends nothing, and raises `core.errors`;
    - with `Capability.READ`, where the service tells of reading only when it is asked:
      `read_times(opened, *, external_chat_id) -> Mapping[str, datetime]`: which of our messages in this chat
      the client has read, by the service's ids, and when. One request. Raises `core.errors`; `readchecks`
      asks it;
    - `profile(opened, *, external_user_id, external_chat_id) -> Sender | None`: the name of a client whose
      messages come without, and what the chat is `about`; None or empty where the service does not tell. One
      request. Raises `core.errors`; `appeals.naming` asks it;
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
