"""Redirects are followed for reading alone, and credentials stay with the host they were meant for."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest

from apps.core.errors import ConfigInvalid, Rejected
from apps.core.http import Http
from tests.peers.server import Peer, Received, Reply

SECRET_HEADERS = {
    "Authorization": "Bearer t0ken-of-the-tenant",
    "Cookie": "session=t0ken",
    "X-API-Key": "t0ken-key",
    "X-Anything": "t0ken-too",
}


@pytest.fixture(autouse=True)
def _loopback(settings: Any) -> None:
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.0/8"]


@pytest.fixture
def other() -> Iterator[Peer]:
    with Peer() as other:
        other.route("GET /landed", lambda request: Reply(json=sorted(request.headers.keys())))
        yield other


@pytest.fixture
def peer(other: Peer) -> Iterator[Peer]:
    def to(url: str, status: int = 302) -> Any:
        return lambda request: Reply(status=status, headers={"Location": url, "Set-Cookie": "a=b"})

    with Peer() as peer:
        peer.route("GET /here", to("/landed"))
        peer.route("GET /landed", lambda request: Reply(json=sorted(request.headers.keys())))
        peer.route("GET /there", to(f"{other.url}/landed"))
        peer.route("GET /and-back", to(f"{other.url}/back"))
        other.route("GET /back", to(f"{peer.url}/landed"))
        peer.route("GET /loop", to("/loop", 301))
        for status in (301, 302, 303, 307, 308):
            peer.route(f"POST /moved-{status}", to(f"{other.url}/landed", status))
        yield peer


def secrets_in(request: Received) -> list[str]:
    return [name for name in SECRET_HEADERS if request.headers[name] is not None]


@pytest.mark.parametrize("given", ["with the client", "with the call"])
def test_credentials_follow_within_the_same_origin_only(given: str, peer: Peer, other: Peer) -> None:
    configured = SECRET_HEADERS if given == "with the client" else {}
    own = {} if configured else SECRET_HEADERS
    with Http(base_url=peer.url, headers=configured) as http:
        http.get("/here", headers=own)
        http.get("/there", headers=own)
        http.get("/and-back", headers=own)
        http.download("/there", max_bytes=1000, to=BytesIO(), headers=own)
    assert [secrets_in(request) for request in peer.to("GET /landed")] == [list(SECRET_HEADERS), []]
    assert [secrets_in(request) for request in other.requests] == [[], [], []]


def test_credentials_of_the_client_do_not_go_to_another_absolute_address(peer: Peer, other: Peer) -> None:
    with Http(base_url=peer.url, headers=SECRET_HEADERS) as http:
        http.get(f"{other.url}/landed")
        http.download(f"{other.url}/landed", max_bytes=1000, to=BytesIO())
        http.download(
            f"{other.url}/landed", max_bytes=1000, to=BytesIO(), headers={"X-API-Key": "meant for it"}
        )
        http.get(f"{peer.url}/landed")
    assert [secrets_in(request) for request in other.requests] == [[], [], ["X-API-Key"]]
    assert secrets_in(peer.requests[0]) == list(SECRET_HEADERS)


def test_cookies_are_not_kept(peer: Peer) -> None:
    with Http(base_url=peer.url) as http:
        http.get("/here")
    assert all(request.headers["Cookie"] is None for request in peer.requests)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_what_was_sent_by_post_is_not_carried_on(status: int, peer: Peer, other: Peer) -> None:
    with Http(base_url=peer.url) as http, pytest.raises(ConfigInvalid) as caught:
        http.post(f"/moved-{status}", json={"client_secret": "s"})
    assert caught.value.code == "redirected"
    assert other.requests == []


def test_an_endless_redirect_ends(peer: Peer) -> None:
    with Http(base_url=peer.url) as http:
        with pytest.raises(Rejected) as caught:
            http.download("/loop", max_bytes=10, to=BytesIO())
        assert caught.value.code == "too_many_redirects"
        assert len(peer.requests) == 6
        with pytest.raises(ConfigInvalid):
            http.get("/loop")
