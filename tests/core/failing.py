"""A service that answers wrongly, or speaks TLS, and what our client makes of it; for tests."""

import datetime
import ssl
import traceback
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

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


@pytest.fixture
def certificate(tmp_path: Path) -> Callable[[str], tuple[ssl.SSLContext, str]]:
    """Makes a self-signed certificate for a name; gives the server's context and the file that trusts it."""

    def make(name: str) -> tuple[ssl.SSLContext, str]:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        day = datetime.datetime.now(datetime.UTC)
        built = (
            x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
            .not_valid_before(day - timedelta(days=1))
            .not_valid_after(day + timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        )
        pem = tmp_path / f"{name}.pem"
        pem.write_bytes(built.public_bytes(serialization.Encoding.PEM))
        private = tmp_path / f"{name}.key"
        private.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem, private)
        return context, str(pem)

    return make


def everything_about(error: BaseException) -> str:
    assert error.__context__ is None
    assert error.__cause__ is None
    lines = traceback.format_exception(error)
    return " ".join([*lines, str(error), repr(error), repr(error.args), repr(vars(error))])
