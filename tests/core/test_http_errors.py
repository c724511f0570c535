"""Every failure of a call becomes one of the six errors, by whether it may have happened, and no more."""

import datetime
import socket
from datetime import timedelta
from email.utils import format_datetime
from io import BytesIO
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
from tests.core.failing import BREAKS, CLOSED, TOKEN, _loopback, everything_about, failure, peer
from tests.peers.server import Peer, Reply

__all__ = ["_loopback", "peer"]
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


def test_an_http_date_of_another_zone_is_understood(peer: Peer) -> None:
    with time_machine.travel("2026-11-21T12:00:00Z", tick=False):
        moscow = datetime.timezone(timedelta(hours=3))
        date = format_datetime(datetime.datetime(2026, 11, 21, 15, 2, tzinfo=moscow))
        error = failure(peer, Reply(status=429, headers={"Retry-After": date}), idempotent=True)
    assert isinstance(error, RateLimited)
    assert error.after == timedelta(minutes=2)
