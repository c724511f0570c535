"""The two ways to Avito: its own API, and an MCP server in between. The connection's settings choose."""

from collections.abc import Mapping
from typing import Any, BinaryIO, Protocol

from apps.channels.connectors.avito import direct, mcp
from apps.channels.connectors.avito.spec import Config
from apps.channels.contract import Media, Outgoing, Sent
from apps.channels.shapes import Shape
from apps.integrations.contract import Account
from apps.integrations.opening import Opened


class Transport(Protocol):
    """What either way offers; each function raises `core.errors`."""

    def check(self, opened: Opened[Config]) -> Account: ...

    def install(self, opened: Opened[Config]) -> bool: ...

    def is_subscribed(self, opened: Opened[Config]) -> bool | None:
        """Whether messages are sent to this server; None where it does not tell, or there is no address."""
        ...

    def send(self, opened: Opened[Config], message: Outgoing) -> Sent: ...

    def fetch(self, opened: Opened[Config], media: Media, to: BinaryIO) -> str: ...

    def mark_read(
        self, opened: Opened[Config], *, external_chat_id: str, external_message_id: str
    ) -> None: ...

    def list_chats(self, opened: Opened[Config], *, limit: int, offset: int) -> list[Shape]:
        """Chats as Avito's v2 has them, the one that was written in last first."""
        ...

    def list_messages(self, opened: Opened[Config], chat: str, *, limit: int, offset: int) -> list[Shape]:
        """Messages as Avito's v3 has them, or normalised, newest first."""
        ...

    def account(self, opened: Opened[Config]) -> str:
        """The number of our own account; empty where nothing tells it."""
        ...


TRANSPORTS: Mapping[str, Transport] = {"direct": direct, "mcp": mcp}


def of(opened: Opened[Any]) -> Transport:
    return TRANSPORTS[opened.config.transport]


def check(opened: Opened[Config]) -> Account:
    return of(opened).check(opened)


def install(opened: Opened[Config]) -> bool:
    """Has messages sent to this server. False where there is no address that could be reached."""
    return of(opened).install(opened)


def is_subscribed(opened: Opened[Config]) -> bool | None:
    return of(opened).is_subscribed(opened)


def send(opened: Opened[Config], message: Outgoing) -> Sent:
    return of(opened).send(opened, message)


def fetch(opened: Opened[Config], media: Media, to: BinaryIO) -> str:
    return of(opened).fetch(opened, media, to)


def mark_read(opened: Opened[Config], *, external_chat_id: str, external_message_id: str) -> None:
    """The client sees at Avito that all of the chat was read: it knows no «up to». Safe to repeat."""
    of(opened).mark_read(opened, external_chat_id=external_chat_id, external_message_id=external_message_id)
