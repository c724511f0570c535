"""No server can hold a worker longer, or fill its memory or disk further, than the caller allowed."""

import gzip
import socket
import threading
import time
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest

from apps.core.errors import OutcomeUnknown, Rejected, Transient
from apps.core.http import Downloaded, Http
from tests.peers.server import Peer, Reply

PATIENCE = 3.0  # the scripts below would go on for minutes


@pytest.fixture(autouse=True)
def _loopback(settings: Any) -> None:
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.0/8"]


@pytest.fixture
def peer() -> Iterator[Peer]:
    with Peer() as peer:
        yield peer


OK = b"HTTP/1.1 200 OK\r\n"
SLOW = {
    "body": Reply(body=b"x" * 2000, drip=0.1),
    "headers": Reply(raw=OK + b"X-Slow: " + b"x" * 2000, drip=0.1),
    "chunk sizes": Reply(raw=OK + b"Transfer-Encoding: chunked\r\n\r\n5;" + b"x" * 2000, drip=0.01),
    "a body of no stated length": Reply(raw=OK + b"\r\n" + b"x" * 2000, drip=0.1),
}


@pytest.mark.parametrize("slow", SLOW)
def test_a_server_that_trickles_is_cut_off_at_the_deadline(slow: str, peer: Peer) -> None:
    peer.script("GET /slow", [SLOW[slow]])
    peer.script("POST /slow", [SLOW[slow]])
    with Http(base_url=peer.url, timeout=(1.0, 1.0)) as http:
        started = time.monotonic()
        with pytest.raises(Transient) as caught:
            http.download("/slow", max_bytes=10_000, to=BytesIO(), deadline=0.4)
        with pytest.raises(OutcomeUnknown):
            http.post("/slow", deadline=0.4)
    assert caught.value.code == "timeout"
    assert time.monotonic() - started < PATIENCE


def test_the_deadline_covers_all_redirects_together(peer: Peer) -> None:
    peer.route("GET /next", lambda request: Reply(status=302, headers={"Location": "/next"}, delay=0.2))
    with Http(base_url=peer.url) as http, pytest.raises(Transient) as caught:
        http.download("/next", max_bytes=10, to=BytesIO(), deadline=0.5)
    assert caught.value.code == "timeout"
    assert len(peer.requests) < 5


def test_a_large_upload_may_take_longer_than_connecting() -> None:
    size = 20_000_000

    def read_late(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection, connection.makefile("rwb") as stream:
            threading.Event().wait(0.6)  # until then only the kernel's buffers take anything
            while stream.readline().strip():
                continue
            received = len(stream.read(size))
            stream.write(OK + b"Content-Length: 8\r\n\r\n%8d" % received)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = threading.Thread(target=read_late, args=(listener,))
        server.start()
        with Http(base_url=f"http://127.0.0.1:{listener.getsockname()[1]}", timeout=(0.2, 20.0)) as http:
            assert http.post("/upload", data=b"x" * size).json == size
        server.join()


@pytest.mark.parametrize(
    "reply",
    [
        Reply(body=b"x" * 5000),
        Reply(raw=OK + b"\r\n" + b"x" * 5000),
        Reply(raw=OK + b"Content-Length: 99999999999\r\n\r\n" + b"x" * 500),
        Reply(body=gzip.compress(b"x" * 5_000_000), headers={"Content-Encoding": "gzip"}),
    ],
    ids=["announced", "unannounced", "announced huge", "compressed"],
)
def test_a_download_that_is_too_large_is_rejected(reply: Reply, peer: Peer) -> None:
    peer.script("GET /big", [reply])
    kept = BytesIO()
    with Http() as http, pytest.raises(Rejected) as caught:
        http.download(f"{peer.url}/big", max_bytes=4999, to=kept)
    assert caught.value.code == "too_large"
    assert len(kept.getvalue()) <= 4999


def test_a_download_just_within_its_limit_arrives_whole(peer: Peer) -> None:
    reply = Reply(body=bytes(range(250)) * 20, headers={"Content-Type": "Audio/OGG; codecs=opus"})
    peer.script("GET /file", [reply])
    kept = BytesIO()
    with Http() as http:
        got = http.download(f"{peer.url}/file", max_bytes=5000, to=kept)
    assert got == Downloaded(size=5000, content_type="audio/ogg")
    assert kept.getvalue() == reply.body
    assert peer.requests[0].headers["Accept-Encoding"] == "identity"


def test_a_download_that_breaks_off_is_not_taken_for_whole(peer: Peer) -> None:
    peer.script("GET /file", [Reply(raw=OK + b"Content-Length: 5000\r\n\r\n" + b"x" * 4000)])
    with Http() as http, pytest.raises(Transient) as caught:
        http.download(f"{peer.url}/file", max_bytes=5000, to=BytesIO())
    assert caught.value.code == "connection_broken"


def test_the_body_of_an_error_is_not_stored(peer: Peer) -> None:
    peer.script("GET /file", [Reply(status=404, body=b"<html>gone</html>")])
    kept = BytesIO()
    with Http() as http, pytest.raises(Rejected):
        http.download(f"{peer.url}/file", max_bytes=5000, to=kept)
    assert kept.getvalue() == b""


def test_a_full_disk_is_not_blamed_on_the_service(peer: Peer) -> None:
    class Full(BytesIO):
        def write(self, data: Any) -> int:
            raise OSError(28, "No space left on device")

    peer.script("GET /file", [Reply(body=b"x")])
    with Http() as http, pytest.raises(OSError, match="No space"):
        http.download(f"{peer.url}/file", max_bytes=5000, to=Full())


@pytest.mark.parametrize(("method", "error"), [("GET", Rejected), ("POST", OutcomeUnknown)])
def test_an_answer_that_is_too_large_is_not_read(method: str, error: type[Exception], peer: Peer) -> None:
    bomb = Reply(body=gzip.compress(b" " * 50_000), headers={"Content-Encoding": "gzip"})
    peer.script(f"{method} /huge", [bomb])
    with Http(base_url=peer.url, max_answer=20_000) as http, pytest.raises(error) as caught:
        http.request(method, "/huge")
    assert getattr(caught.value, "code", "") == "too_large"


def test_a_huge_error_page_is_cut_and_still_classified(peer: Peer) -> None:
    peer.script("GET /huge", [Reply(status=400, body=b"x" * 2_000_000)])
    seen: list[int] = []
    http = Http(base_url=peer.url, classify=lambda answer: seen.append(len(answer.content)))
    with http, pytest.raises(Rejected):
        http.get("/huge")
    assert seen == [256 * 1024]
