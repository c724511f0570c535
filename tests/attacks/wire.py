"""Requests written byte by byte: what no client library would send."""

import re
import socket
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """`status` 0: the connection ended without an answer."""

    status: int
    seconds: float
    body: bytes = b""


def post(
    url: str, body: bytes = b"", *, method: str = "POST", path: str = "", headers: Iterable[str] = ()
) -> Heard:
    named = {line.partition(":")[0].lower() for line in headers}
    lines = [
        f"{method} {path or urlsplit(url).path} HTTP/1.1",
        *headers,
        *([] if "host" in named else [f"Host: {urlsplit(url).netloc}"]),
        *([] if "content-type" in named else ["Content-Type: application/json"]),
        *([] if {"content-length", "transfer-encoding"} & named else [f"Content-Length: {len(body)}"]),
        "Connection: close",
    ]
    return exchange(url, "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body)


def chunks(body: bytes, size: int = 65_536) -> bytes:
    parts = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


@contextmanager
def unfinished(url: str, *, count: int) -> Iterator[None]:
    """So many requests whose bodies have begun and do not go on."""
    parts = urlsplit(url)
    head = f"POST {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Length: 1000\r\n\r\n{{"
    with ExitStack() as stack:
        for _ in range(count):
            wire = stack.enter_context(socket.create_connection((parts.hostname, parts.port), timeout=10))
            wire.sendall(head.encode())
        yield


def exchange(url: str, data: bytes) -> Heard:
    parts = urlsplit(url)
    began = time.monotonic()
    with socket.create_connection((parts.hostname, parts.port), timeout=10) as wire:
        with suppress(OSError):  # it may answer before it has heard everything
            wire.sendall(data)
        heard = _read(wire)
    head, _, body = heard.partition(b"\r\n\r\n")
    status = int(head.split(b" ")[1]) if head.startswith(b"HTTP/") else 0
    return Heard(status=status, seconds=time.monotonic() - began, body=body)


def _read(wire: socket.socket) -> bytes:
    heard = b""
    with suppress(OSError):
        while part := wire.recv(65_536):
            heard += part
            head, end, body = heard.partition(b"\r\n\r\n")
            length = LENGTH.search(head)
            if end and length and len(body) >= int(length[1]):
                break
    return heard
