"""What any service may answer instead: in every shape of each network it comes to the same."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import translation

from apps.ads.launching import begin
from apps.ads.models import Cause, Entry, Export, Placement
from apps.channels.models import Channel
from apps.core.alarms import raised
from apps.core.models import State
from apps.integrations.checking import check_connection
from apps.integrations.models import Connection, Health
from apps.tenants.models import Tenant
from tests.ads.conftest import many, placement_of
from tests.ads.shapes import SHAPES, Spoken
from tests.ads.steps import go, is_paused
from tests.peers.server import Received, Reply

pytestmark = pytest.mark.django_db(transaction=True)
Connected = tuple[Spoken, Any, Export]
HTML = {"Content-Type": "text/html"}


@pytest.fixture(params=sorted(SHAPES))
def begun(request: Any, tenant_a: Tenant, channel: Channel) -> Iterator[Connected]:
    """An upload that has asked for nothing yet."""
    spoken = SHAPES[request.param]
    with spoken.connected(tenant_a) as (peer, connection):
        many(channel, spoken.least)
        yield spoken, peer, begin(placement=placement_of(connection), cause=Cause.BY_HAND)


def instead(peer: Any, reply: Reply, *, of_first: int) -> None:
    """Of the first requests; afterwards it answers as usual."""
    usual, left = peer._server.answer, [of_first]

    def answer(request: Received) -> Reply:
        left[0] -= 1
        found: Reply = reply if left[0] >= 0 else usual(request)
        return found

    peer._server.answer = answer


def assert_all_are_there(spoken: Spoken, peer: Any) -> None:
    there = set(Entry.objects.exclude(confirmed_at=None).values_list("digest", flat=True))
    assert len(there) == 2 * spoken.least
    assert spoken.people(peer) == [there]


def said(language: str) -> str:
    with translation.override(language):
        return translation.gettext(Export.objects.get().error_text)


def test_a_limit_pauses_the_account_and_is_no_failure(begun: Connected) -> None:
    spoken, peer, export = begun
    instead(peer, Reply(status=429, headers={"Retry-After": "120"}, json={}), of_first=1)
    export = go(export, until=is_paused)
    assert (export.state, export.error_code, export.failures) == (State.QUEUED, "rate_limited", 0)
    assert "лимит" in said("ru").lower()
    assert "limit" in said("en")
    connection = Placement.objects.get().connection
    assert connection.paused_until is not None
    Connection.objects.update(paused_until=None)
    assert go(export).outcome == "uploaded"
    assert_all_are_there(spoken, peer)


def test_a_refused_token_parks_it_until_a_check_finds_the_account_well(
    begun: Connected, tenant_a: Tenant
) -> None:
    spoken, peer, export = begun
    usual = peer._server.answer
    instead(peer, Reply(status=401, json={"error": {"code": "revoked_token"}}), of_first=1000)
    assert (go(export).state, go(export).error_code) == (State.FAILED, "auth_failed")
    connection = Placement.objects.get().connection
    assert connection.health == Health.NEEDS_RECONNECT
    assert [alarm.connection_id for alarm in raised(tenant_a.pk)] == [connection.pk]
    asked = len(peer.requests)
    go()
    assert len(peer.requests) == asked, "it is asked no more"
    peer._server.answer = usual
    check_connection(connection=connection, within=9)
    assert go(export).outcome == "uploaded"
    assert_all_are_there(spoken, peer)


@pytest.mark.parametrize(
    "reply",
    [
        Reply(body="<html>busy</html>", headers=HTML),
        Reply(status=502, body="<html>bad gateway</html>", headers=HTML),
        Reply(close=True),
    ],
    ids=["a page", "502", "hangs up"],
)
def test_what_is_no_answer_is_tried_again(begun: Connected, reply: Reply) -> None:
    spoken, peer, export = begun
    instead(peer, reply, of_first=1)
    export = go(export)
    assert (export.state, export.outcome, export.failures) == (State.DONE, "uploaded", 1)
    assert_all_are_there(spoken, peer)
