"""A service is believed to be itself only with a certificate for its name."""

import select
import socket
import socketserver
import ssl
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from apps.core.errors import (
    ConfigInvalid,
    OutcomeUnknown,
    Transient,
)
from apps.core.http import Http
from tests.core.failing import _loopback, failure, peer
from tests.peers.server import Peer, Reply

__all__ = ["_loopback", "peer"]


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
