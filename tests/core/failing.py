"""A service that answers wrongly, or speaks TLS, and what our client makes of it; for tests."""

import traceback
from collections.abc import Iterator
from typing import Any

import pytest

from apps.core.errors import (
    OutsideError,
)
from apps.core.http import Http
from tests.peers.server import Peer, Reply

TOKEN = "123456:t0ken-SECRET"
CLOSED = "http://127.0.0.1:1"


@pytest.fixture(autouse=True)
def _loopback(settings: Any) -> None:
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.0/8"]


@pytest.fixture
def peer() -> Iterator[Peer]:
    with Peer() as peer:
        yield peer


def failure(peer: Peer | str, reply: Reply | None, *, idempotent: bool, **options: Any) -> OutsideError:
    url = peer if isinstance(peer, str) else peer.url
    if isinstance(peer, Peer) and reply:
        peer.script(f"POST /bot{TOKEN}/send", [reply])
    http = Http(base_url=url, headers={"Authorization": TOKEN}, timeout=(0.3, 0.3), **options)
    body = {"token": TOKEN}
    with http, pytest.raises(OutsideError) as caught:
        http.post(f"/bot{TOKEN}/send", params={"key": TOKEN}, json=body, idempotent=idempotent)
    return caught.value


BREAKS = {
    "closed without an answer": Reply(close=True),
    "silence": Reply(hang=True),
    "half a status line": Reply(raw=b"HTTP/1"),
    "no HTTP": Reply(raw=b"SSH-2.0-OpenSSH_9.2\r\n"),
    "headers cut short": Reply(raw=b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n"),
    "body cut short": Reply(raw=b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{"),
    "chunks cut short": Reply(raw=b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{}"),
    "broken compression": Reply(body=b"no gzip", headers={"Content-Encoding": "gzip"}),
    "no JSON": Reply(body="<html>Welcome</html>"),
    "empty": Reply(body=""),
    "NaN": Reply(body='{"price": NaN}'),
    "nested too deep": Reply(body="[" * 100_000 + "]" * 100_000),
    "an endless number": Reply(body="9" * 5000),
}


def everything_about(error: BaseException) -> str:
    assert error.__context__ is None
    assert error.__cause__ is None
    lines = traceback.format_exception(error)
    return " ".join([*lines, str(error), repr(error), repr(error.args), repr(vars(error))])
