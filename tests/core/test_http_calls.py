"""What a call sends, what its caller gets, and what the action log is told of every try."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest

from apps.core.errors import OutcomeUnknown, OutsideError, Rejected
from apps.core.http import CallRecord, Http
from tests.peers.server import Peer, Received, Reply


@pytest.fixture(autouse=True)
def _loopback(settings: Any) -> None:
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.0/8"]


@pytest.fixture
def peer() -> Iterator[Peer]:
    with Peer() as peer:
        yield peer


def test_a_call_carries_what_it_was_given(peer: Peer) -> None:
    peer.route("POST /v1/messages", lambda request: Reply(status=201, json={"id": "7"}))
    with Http(base_url=f"{peer.url}/v1/", headers={"x-api-key": "k", "Accept": "text/csv"}) as http:
        answer = http.post(
            "messages", params={"lang": "ru"}, json={"text": "Привет 🔋"}, headers={"X-API-Key": "own"}
        )
    request = peer.requests[0]
    assert (answer.status, answer.json) == (201, {"id": "7"})
    assert request.query == {"lang": ["ru"]}
    assert request.json == {"text": "Привет 🔋"}
    assert request.headers.get_all("X-API-Key") == ["own"]
    assert request.headers["Accept"] == "text/csv"
    assert request.headers["Content-Type"] == "application/json"
    assert request.headers["User-Agent"] == "BatteryCRM/0.1.0"


def test_forms_and_files_are_sent_as_such(peer: Peer) -> None:
    peer.route("POST /upload", lambda request: Reply(body="<retval>1</retval>"))
    with Http(base_url=peer.url) as http:
        http.post("/upload", data={"to": "+7 900"}, expect_json=False)
        http.post("/upload", files={"photo": ("a.jpg", b"\xff\xd8\r\n", "image/jpeg")}, expect_json=False)
        raw = http.post("/upload", data=b'{"exact": "bytes"}', expect_json=False)
    assert peer.requests[0].form == {"to": ["+7 900"]}
    assert peer.requests[1].multipart["photo"].content == b"\xff\xd8\r\n"
    assert peer.requests[2].body == b'{"exact": "bytes"}'
    assert (raw.json, raw.content) == (None, b"<retval>1</retval>")


def test_an_empty_204_is_an_answer(peer: Peer) -> None:
    peer.script("DELETE /x", [Reply(status=204)])
    with Http(base_url=peer.url) as http:
        assert http.request("DELETE", "/x").json is None


def test_statuses_the_caller_accepts_are_answers(peer: Peer) -> None:
    peer.route("GET /x", lambda request: Reply(status=404, json={"why": "no such chat"}))
    with Http(base_url=peer.url) as http:
        assert http.get("/x", accept={404}).json == {"why": "no such chat"}
        with pytest.raises(Rejected):
            http.get("/x")


def test_reading_may_be_repeated_and_anything_else_not_unless_said(peer: Peer) -> None:
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        peer.route(f"{method} /x", lambda request: Reply(status=500))
    unknown = []
    with Http(base_url=peer.url) as http:
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
            with pytest.raises(OutsideError) as caught:
                http.request(method, "/x")
            unknown += [method] * isinstance(caught.value, OutcomeUnknown)
    assert unknown == ["POST", "PUT", "PATCH", "DELETE"]
    assert len(peer.requests) == 5, "nothing is repeated inside one call"


TOKEN = "123456:AAH-t0ken_x"
KEY = "кл/юч+1"


def test_every_try_is_told_to_the_action_log_without_its_secrets(peer: Peer) -> None:
    peer.route("POST /bot{token}/send", lambda request: Reply(json={"ok": True}))
    peer.script("GET /keys/{key}/me", [Reply(status=429), Reply(status=302, headers={"Location": "/moved"})])
    peer.script("GET /moved", [Reply(json=1)])
    seen: list[CallRecord] = []
    with Http(base_url=peer.url, on_call=seen.append, secrets=[KEY, ""]) as http:
        http.post(f"/bot{TOKEN}/send", params={"token": TOKEN})
        path = "/keys/%D0%BA%D0%BB%2F%D1%8E%D1%87%2B1/me"
        with pytest.raises(OutsideError):
            http.get(path)
        http.get(path)
        peer.script("GET /silent", [Reply(close=True)])
        with pytest.raises(OutsideError):
            http.download(f"{peer.url}/silent?sig=t0ken", max_bytes=1, to=BytesIO())
    host = f"127.0.0.1:{peer.port}"
    assert [(r.method, r.host, r.path, r.status, r.error_code) for r in seen] == [
        ("POST", host, "/bot123456:•••/send", 200, ""),
        ("GET", host, "/keys/•••/me", 429, "rate_limited"),
        ("GET", host, "/keys/•••/me", 302, ""),
        ("GET", host, "/moved", 200, ""),
        ("GET", host, "/silent", None, "connection_broken"),
    ]
    assert all(record.ms >= 0 for record in seen)
    assert "t0ken" not in repr(seen)


def test_a_broken_action_log_does_not_make_a_sent_message_look_unsent(
    peer: Peer, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(record: CallRecord) -> None:
        raise RuntimeError("no room for the log")

    peer.script("POST /send", [Reply(json={"ok": True})])
    with Http(base_url=peer.url, on_call=broken) as http:
        assert http.post("/send").json == {"ok": True}
    assert "The action log did not take a record." in caplog.text


def test_a_peer_complains_of_a_request_nobody_expects() -> None:
    with pytest.raises(AssertionError, match="unexpected GET /x"), Peer() as peer, Http() as http:
        http.get(f"{peer.url}/x", accept={404}, expect_json=False)


def test_a_peer_complains_of_what_its_handler_does_not_accept() -> None:
    def strict(request: Received) -> Reply:
        assert "chat_id" in request.query, "no chat_id"
        return Reply(json={})

    peer = Peer()
    peer.route("GET /x", strict)
    with pytest.raises(AssertionError, match="no chat_id"), peer, Http() as http:
        http.get(f"{peer.url}/x", accept={500}, expect_json=False)
