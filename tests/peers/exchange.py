"""What goes over the wire between the code under test and a peer: requests received, replies given."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import Message
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any
from urllib.parse import parse_qs


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of a multipart form."""

    filename: str | None
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """One request as it came. `path` is without the query; `params` are the `{names}` of the route."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: Message  # `headers["X-Name"]`, in any case
    body: bytes
    params: dict[str, str]

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def form(self) -> dict[str, list[str]]:
        return parse_qs(self.body.decode(), keep_blank_values=True, strict_parsing=bool(self.body))

    @property
    def multipart(self) -> dict[str, Part]:
        head = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
        parts = BytesParser(policy=HTTP).parsebytes(head + self.body).iter_parts()
        return {
            str(part.get_param("name", header="content-disposition")): Part(
                filename=part.get_filename(),
                content_type=part.get_content_type(),
                content=bytes(part.get_payload(decode=True)),
            )
            for part in parts
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One answer, or what is met instead of one; waits end with the peer.

    `hang` accepts and never answers; `close` hangs up without one; `raw` is sent as it stands; `drip` sends a
    byte per so many seconds; `delay` waits before answering.
    """

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    json: Any = None
    body: bytes | str | None = None
    raw: bytes | None = None
    delay: float = 0
    drip: float = 0
    hang: bool = False
    close: bool = False

    def encoded(self) -> tuple[bytes, str]:
        if isinstance(self.body, bytes):
            return self.body, "application/octet-stream"
        if self.body is not None:
            return self.body.encode(), "text/plain; charset=utf-8"
        if self.json is not None:
            return json.dumps(self.json).encode(), "application/json"
        return b"", "text/plain"
