"""What errors, logs and the client itself tell: nothing of addresses, keys and bodies."""

import logging
import ssl
from collections.abc import Callable

import pytest

from apps.core.http import Http
from tests.core.failing import BREAKS, CLOSED, TOKEN, _loopback, everything_about, failure, peer
from tests.peers.server import Peer, Reply

__all__ = ["_loopback", "peer"]


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
