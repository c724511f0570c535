"""Every failure of a call becomes one of the six errors, by whether it may have happened, and no more."""

import datetime
import logging
import select
import socket
import socketserver
import ssl
import threading
import traceback
from collections.abc import Callable, Iterator
from datetime import timedelta
from email.utils import format_datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import time_machine

from apps.core.errors import (
    AuthFailed,
    ConfigInvalid,
    OutcomeUnknown,
    OutsideError,
    RateLimited,
    Rejected,
    Transient,
    Unsupported,
)
from apps.core.http import Answer, Http, transport
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


Row = tuple[int, type[OutsideError], type[OutsideError]]
STATUSES: list[Row] = [
    (302, ConfigInvalid, ConfigInvalid),
    (400, Rejected, Rejected),
    (401, AuthFailed, AuthFailed),
    (403, ConfigInvalid, ConfigInvalid),
    (404, Rejected, Rejected),
    (407, Transient, Transient),
    (408, Transient, OutcomeUnknown),
    (409, Rejected, Rejected),
    (413, Rejected, Rejected),
    (422, Rejected, Rejected),
    (425, Transient, Transient),
    (429, RateLimited, RateLimited),
    (500, Transient, OutcomeUnknown),
    (501, Rejected, Rejected),
    (502, Transient, OutcomeUnknown),
    (503, Transient, Transient),
    (504, Transient, OutcomeUnknown),
    (520, Transient, OutcomeUnknown),
    (521, Transient, Transient),
    (599, Transient, OutcomeUnknown),
]


@pytest.mark.parametrize(("status", "repeatable", "once"), STATUSES)
def test_what_a_status_means(
    status: int, repeatable: type[OutsideError], once: type[OutsideError], peer: Peer
) -> None:
    for idempotent, expected in ((True, repeatable), (False, once)):
        error = failure(peer, Reply(status=status, body=f"<p>{TOKEN}</p>"), idempotent=idempotent)
        assert type(error) is expected
        assert error.code in (f"http_{status}", "auth_failed", "rate_limited", "redirected")


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


@pytest.mark.parametrize("name", BREAKS)
def test_a_broken_answer_leaves_the_outcome_open(name: str, peer: Peer) -> None:
    assert type(failure(peer, BREAKS[name], idempotent=True)) is Transient
    assert type(failure(peer, BREAKS[name], idempotent=False)) is OutcomeUnknown


@pytest.mark.parametrize("idempotent", [True, False])
def test_what_never_left_is_tried_again(idempotent: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    refused = failure(CLOSED, None, idempotent=idempotent)
    assert (type(refused), refused.code) == (Transient, "connect_error")

    def unknown(*args: Any, **kwargs: Any) -> None:
        raise socket.gaierror(socket.EAI_NONAME, f"Name or service not known {TOKEN}")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    unresolved = failure("https://nowhere.example", None, idempotent=idempotent)
    assert (type(unresolved), unresolved.code) == (Transient, "dns_error")


@pytest.mark.parametrize(("longest_rest", "same"), [(60.0, True), (-1.0, False)])
def test_a_connection_that_rested_too_long_is_not_trusted_with_a_send(
    longest_rest: float, same: bool, peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "MAX_REST_SECONDS", longest_rest)
    peer.route("POST /send", lambda request: Reply(json={}))
    with Http(base_url=peer.url) as http:
        http.post("/send")
        before = _kept_socket(http)
        http.post("/send")
        assert (_kept_socket(http) is before) is same


def _kept_socket(http: Http) -> Any:
    pools: Any = http._open_transport().poolmanager.pools
    return next(kept.sock for key in pools.keys() for kept in pools[key].pool.queue if kept)  # noqa: SIM118 - no mapping, though it has keys


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "17"}, 17),
        ({"Retry-After": "1.5"}, 1.5),
        ({"Retry-After": "0"}, 1),
        ({"Retry-After": "99999999999999999999"}, 86400),
        ({"Retry-After": "-5"}, 30),
        ({"Retry-After": "soon"}, 30),
        ({"Retry-After": "²"}, 30),
        ({"Retry-After": "Sat, 21 Nov 2026 12:01:40 GMT"}, 100),
        ({"Retry-After": "Sat, 21 Nov 2020 12:00:00 GMT"}, 1),
        ({"retry-after": "Sat, 21 Nov 2099 12:00:00 GMT"}, 86400),
        ({}, 30),
    ],
)
def test_when_to_come_back_is_read_from_the_answer(
    headers: dict[str, str], seconds: float, peer: Peer
) -> None:
    encoded = {name: value.encode().decode("latin-1") for name, value in headers.items()}
    with time_machine.travel("2026-11-21T12:00:00Z", tick=False):
        error = failure(peer, Reply(status=429, headers=encoded), idempotent=False)
    assert isinstance(error, RateLimited)
    assert error.after == timedelta(seconds=seconds)


def test_a_service_under_maintenance_says_when_to_come_back(peer: Peer) -> None:
    error = failure(peer, Reply(status=503, headers={"Retry-After": "120"}), idempotent=False)
    assert isinstance(error, Transient)
    assert (error.code, error.after) == ("http_503", timedelta(seconds=120))
    unsaid = failure(peer, Reply(status=503), idempotent=False)
    assert isinstance(unsaid, Transient)
    assert unsaid.after is None


def test_a_connector_may_say_what_its_statuses_mean(peer: Peer) -> None:
    codes: Any = {403: Rejected, 402: ConfigInvalid}
    assert type(failure(peer, Reply(status=403), idempotent=False, codes=codes)) is Rejected
    assert type(failure(peer, Reply(status=402), idempotent=False, codes=codes)) is ConfigInvalid


def test_a_connector_reads_the_services_own_code_first(peer: Peer) -> None:
    def classify(answer: Answer) -> OutsideError | None:
        return Unsupported(code="e17") if answer.json and answer.json.get("error") == 17 else None

    for status in (200, 400, 500):
        error = failure(peer, Reply(status=status, json={"error": 17}), idempotent=False, classify=classify)
        assert (type(error), error.code) == (Unsupported, "e17")
    assert (
        type(failure(peer, Reply(status=500, json={}), idempotent=False, classify=classify)) is OutcomeUnknown
    )


@pytest.mark.parametrize(
    ("status", "headers", "error"),
    [
        (401, {}, Rejected),
        (401, {"Authorization": "Bearer x"}, AuthFailed),
        (403, {}, Rejected),
        (404, {}, Rejected),
        (410, {}, Rejected),
        (500, {}, Transient),
        (429, {}, RateLimited),
    ],
)
def test_a_dead_link_is_not_taken_for_a_dead_connection(
    status: int, headers: dict[str, str], error: type[OutsideError], peer: Peer
) -> None:
    peer.script("GET /media", [Reply(status=status)])
    with Http(base_url="https://api.example") as http, pytest.raises(OutsideError) as caught:
        http.download(f"{peer.url}/media", max_bytes=10, to=BytesIO(), headers=headers)
    assert type(caught.value) is error


@pytest.mark.parametrize("value", ["ключ-t0ken", "t0ken\r\nX-Injected: 1", "t0ken\n", " t0ken"])
def test_a_key_that_no_header_can_carry_is_named_as_a_setting(value: str, peer: Peer) -> None:
    http = Http(base_url=peer.url, headers={"Authorization": value})
    with http, pytest.raises(ConfigInvalid) as caught:
        http.get("/me")
    assert caught.value.code == "bad_header"
    assert "t0ken" not in everything_about(caught.value)
    assert peer.requests == []


# --- TLS


@pytest.mark.parametrize("idempotent", [True, False])
def test_tls_is_always_verified(
    idempotent: bool, certificate: Callable[[str], tuple[ssl.SSLContext, str]]
) -> None:
    context, _ = certificate("localhost")
    with Peer(tls=context) as peer:
        error = failure(f"https://localhost:{peer.port}", None, idempotent=idempotent)
        assert peer.requests == []
    assert (type(error), error.code) == (Transient, "tls_error")


def test_a_services_own_root_is_trusted_beside_the_public_ones_and_its_name_checked(
    certificate: Callable[[str], tuple[ssl.SSLContext, str]], settings: Any
) -> None:
    context, pem = certificate("localhost")
    with Peer(tls=context) as peer:
        peer.route("GET /", lambda request: Reply(json={"ok": True}))
        peer.route("POST /lost", lambda request: Reply(close=True))
        with Http(base_url=f"https://localhost:{peer.port}", ca_bundle=pem) as http:
            assert http.get("/").json == {"ok": True}
            with pytest.raises(OutcomeUnknown):
                http.post("/lost")
        with Http(base_url=f"https://127.0.0.1:{peer.port}", ca_bundle=pem) as http:
            with pytest.raises(Transient) as caught:
                http.get("/")
            assert caught.value.code == "tls_error"
        settings.OUTBOUND_CA_BUNDLE = pem
        with Http(base_url=f"https://localhost:{peer.port}") as http:
            assert http.get("/").json == {"ok": True}


def test_a_root_file_that_cannot_be_read_is_a_setting_to_mend(tmp_path: Path) -> None:
    (tmp_path / "no.pem").write_text("no certificate")
    for bundle in (tmp_path / "no.pem", tmp_path / "absent.pem"):
        error = failure("https://127.0.0.1:1", None, idempotent=True, ca_bundle=str(bundle))
        assert isinstance(error, ConfigInvalid)
        assert error.field == "ca_bundle"


def test_through_a_proxy_the_services_own_certificate_is_verified(
    certificate: Callable[[str], tuple[ssl.SSLContext, str]], settings: Any
) -> None:
    context, pem = certificate("localhost")
    with Peer(tls=context) as peer, socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Tunnel) as proxy:
        serving = threading.Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.02})
        serving.start()
        peer.route("GET /", lambda request: Reply(json={"ok": True}))
        peer.route("POST /lost", lambda request: Reply(close=True))
        settings.OUTBOUND_PROXY = f"http://127.0.0.1:{proxy.server_address[1]}"
        with Http(base_url=f"https://localhost:{peer.port}", ca_bundle=pem) as http:
            assert http.get("/").json == {"ok": True}
            with pytest.raises(OutcomeUnknown):
                http.post("/lost")
        assert failure(f"https://localhost:{peer.port}", None, idempotent=False).code == "tls_error"
        refused = failure("https://127.0.0.1:1", None, idempotent=False)
        assert (type(refused), refused.code) == (Transient, "connect_error")
        proxy.shutdown()
        serving.join()


class _Tunnel(socketserver.StreamRequestHandler):
    """A proxy that joins the two ends of a CONNECT."""

    def handle(self) -> None:
        host, port = self.rfile.readline().split()[1].decode().rsplit(":", 1)
        while self.rfile.readline().strip():
            continue
        try:
            far = socket.create_connection((host, int(port)))
        except OSError:
            self.wfile.write(b"HTTP/1.1 502 Bad Gateway\r\n\r\n")
            return
        with far:
            self.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
            self._join(far)

    def _join(self, far: socket.socket) -> None:
        ends = {self.connection: far, far: self.connection}
        while True:
            for readable in select.select(list(ends), [], [])[0]:
                data = readable.recv(65536)
                if not data:
                    return
                ends[readable].sendall(data)


# --- Nothing leaks


def everything_about(error: BaseException) -> str:
    assert error.__context__ is None
    assert error.__cause__ is None
    lines = traceback.format_exception(error)
    return " ".join([*lines, str(error), repr(error), repr(error.args), repr(vars(error))])


@pytest.mark.parametrize("name", [*BREAKS, "refused", "status", "tls", "blocked"])
def test_no_url_no_header_and_no_body_is_in_an_error_or_a_log(
    name: str,
    peer: Peer,
    caplog: pytest.LogCaptureFixture,
    certificate: Callable[[str], tuple[ssl.SSLContext, str]],
) -> None:
    caplog.set_level(logging.DEBUG)
    if name == "tls":
        with Peer(tls=certificate("localhost")[0]) as secure:
            error = failure(secure, None, idempotent=False)
    elif name in ("refused", "blocked"):
        error = failure(CLOSED if name == "refused" else "http://10.0.0.1", None, idempotent=False)
    else:
        reply = BREAKS.get(name) or Reply(status=400, json={"description": f"bad {TOKEN}"})
        error = failure(peer, reply, idempotent=False)
    for text in (everything_about(error), caplog.text):
        assert TOKEN not in text
        assert "SECRET" not in text
        assert "/send" not in text.replace('http.post(f"/bot{TOKEN}/send"', "")


def test_a_client_and_an_answer_show_nothing_of_themselves(peer: Peer) -> None:
    peer.script("GET /me", [Reply(json={"token": TOKEN}, headers={"X-Token": TOKEN})])
    with Http(base_url=peer.url, headers={"Authorization": TOKEN}, secrets=[TOKEN]) as http:
        answer = http.get("/me")
        assert TOKEN not in repr(http) + str(http) + repr(answer)


def test_an_http_date_of_another_zone_is_understood(peer: Peer) -> None:
    with time_machine.travel("2026-11-21T12:00:00Z", tick=False):
        moscow = datetime.timezone(timedelta(hours=3))
        date = format_datetime(datetime.datetime(2026, 11, 21, 15, 2, tzinfo=moscow))
        error = failure(peer, Reply(status=429, headers={"Retry-After": date}), idempotent=True)
    assert isinstance(error, RateLimited)
    assert error.after == timedelta(minutes=2)
