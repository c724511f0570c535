"""What a service says of its limit in headers is heeded before it refuses: by the connection's own pause."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any

import pytest
import time_machine

from apps.core.errors import NotYet, RateLimited
from apps.integrations import pacing
from apps.integrations.allowance import wait_of
from apps.integrations.contract import Allowance, Rate
from apps.integrations.models import Connection
from apps.integrations.opening import open_connection
from tests.integrations import parcels
from tests.peers.server import Peer, Reply

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
NAMES = Allowance(remaining="X-RateLimit-Remaining", limit="X-RateLimit-Limit", reset="X-RateLimit-Reset")
Ask = Callable[..., Connection]


def said(**headers: object) -> dict[str, str]:
    names = {"left": NAMES.remaining, "limit": NAMES.limit, "reset": NAMES.reset}
    return {names[name]: str(value) for name, value in headers.items()}


@pytest.fixture
def ask(connector: ModuleType, connection: Connection, service: Peer, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """One request, answered with these headers; the connection as it then is."""
    rate = Rate(count=100, per=60.0)
    monkeypatch.setattr(parcels, "SPEC", replace(parcels.SPEC, allowance=NAMES, rate=rate))

    def go(*, status: int = 200, more: dict[str, str] | None = None, **headers: object) -> Connection:
        reply = Reply(status=status, headers=said(**headers) | (more or {}), json={"account": "Ivan"})
        service.script(parcels.ROUTE, [reply])
        try:
            parcels.check(open_connection(connection))
        except RateLimited as error:
            pacing.pause(connection, error.after)
        connection.refresh_from_db()
        return connection

    return go


def test_nothing_left_pauses_the_connection_until_the_reset(ask: Ask, connection: Connection) -> None:
    with time_machine.travel(NOW, tick=False):
        assert ask(left=0, limit=60, reset=40).paused_until == NOW + timedelta(seconds=40)
        with pytest.raises(NotYet):
            parcels.check(open_connection(connection))


def test_nobody_is_asked_meanwhile_whatever_they_had_read_of_the_connection(
    ask: Ask, connection: Connection, service: Peer
) -> None:
    stale = Connection.objects.get(pk=connection.pk)
    ask(left=0, reset=40)
    with pytest.raises(NotYet):
        parcels.check(open_connection(stale))
    assert len(service.requests) == 1


def test_the_answer_itself_is_taken(ask: Ask, connection: Connection, service: Peer) -> None:
    service.script(parcels.ROUTE, [Reply(headers=said(left=0), json={"account": "Ivan"})])
    assert parcels.check(open_connection(connection)).name == "Ivan"


@pytest.mark.parametrize("headers", [{"left": 30, "limit": 60}, {}, {"left": ""}, {"left": "many"}])
def test_what_is_left_or_not_said_pauses_nothing(
    ask: Ask, headers: dict[str, Any], django_assert_max_num_queries: Any
) -> None:
    assert ask(**headers).paused_until is None


def test_a_refusals_own_word_counts(ask: Ask) -> None:
    with time_machine.travel(NOW, tick=False):
        told = ask(status=429, more={"Retry-After": "7"}, left=0, reset=55)
    assert told.paused_until == NOW + timedelta(seconds=7)


def test_a_refusal_that_names_no_time_is_waited_out_until_the_reset(ask: Ask) -> None:
    with time_machine.travel(NOW, tick=False):
        assert ask(status=429, left=0, reset=55).paused_until == NOW + timedelta(seconds=55)


def test_other_servers_say_nothing_of_it(connection: Connection, ask: Ask) -> None:
    with Peer() as elsewhere, open_connection(connection).http("https://api.parcels.example") as http:
        elsewhere.route("GET /file", lambda _request: Reply(headers=said(left=0), json={}))
        http.get(f"{elsewhere.url}/file")
    connection.refresh_from_db()
    assert connection.paused_until is None


def test_a_service_whose_headers_nobody_named_is_not_heeded(connection: Connection, service: Peer) -> None:
    service.script(parcels.ROUTE, [Reply(headers=said(left=0), json={"account": "Ivan"})])
    parcels.check(open_connection(connection))
    connection.refresh_from_db()
    assert connection.paused_until is None


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        (said(left=0, reset=20), 20),
        (said(left=0, reset=int(NOW.timestamp()) + 20), 20),
        (said(left=0, reset=(int(NOW.timestamp()) + 20) * 1000), 20),
        (said(left=0, reset="2026-11-21T12:00:20Z"), 20),
        (said(left=0), 60),  # the window, where nothing says when it ends
        (said(left=0, reset="soon"), 60),
        (said(left=0, reset=int(NOW.timestamp()) - 5), 60),
        (said(left=0, reset=86_400), 60),
        (said(left=2, limit=600), 60),  # others may be on their way
        (said(left=3, limit=600), None),
        (said(left=1, limit=5), None),  # of a small limit nothing is kept
        (said(left=0, limit=5), 60),
        (said(left=-1), None),
    ],
)
def test_how_long_it_waits(headers: dict[str, str], seconds: int | None) -> None:
    wait = wait_of(NAMES, headers, now=NOW)
    assert wait == (None if seconds is None else timedelta(seconds=seconds))
