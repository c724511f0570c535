"""Workers killed with -9 at every request of an upload, in every shape: everybody is there, and once."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from apps.ads.launching import begin
from apps.ads.models import Cause, Entry, Export, Placement
from apps.appeals.models import Contact
from apps.channels.models import Channel
from apps.core.models import State
from apps.core.work.recover import recover
from apps.integrations.models import Connection
from apps.tenants.models import Tenant
from tests.ads.conftest import many, placement_of
from tests.ads.killing import Workers, killed_everywhere, workers
from tests.ads.shapes import SHAPES, Spoken
from tests.ads.steps import go

__all__ = ["workers"]
pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]
Connected = tuple[Spoken, Any, Connection]


@pytest.fixture(params=sorted(SHAPES))
def connected(request: Any, tenant_a: Tenant) -> Iterator[Connected]:
    spoken = SHAPES[request.param]
    with spoken.connected(tenant_a) as (peer, connection):
        yield spoken, peer, connection


class Killed(BaseException):
    """Nothing of ours catches it."""


def leave(count: int) -> None:
    ids = Contact.objects.filter(unsubscribed_at=None).order_by("pk").values_list("pk", flat=True)[:count]
    Contact.objects.filter(pk__in=list(ids)).update(unsubscribed_at=timezone.now())


def assert_told_as_it_is(spoken: Spoken, peer: Any, people: int) -> None:
    """One segment, in it are those of the ledger, and no more of them."""
    entries = Entry.objects.filter(removed_at=None)
    assert not entries.filter(confirmed_at=None).exists()
    in_ledger = list(entries.values_list("digest", flat=True))
    assert len(in_ledger) == 2 * people
    assert spoken.people(peer) == ([set(in_ledger)] if people else [])


@pytest.mark.parametrize("taken", [True, False], ids=["taken there", "not taken there"])
def test_killed_at_every_request(
    channel: Channel, connected: Connected, workers: Workers, taken: bool
) -> None:
    spoken, peer, connection = connected
    placement = placement_of(connection)
    many(channel, spoken.least)

    def upload() -> int:
        export = begin(placement=Placement.objects.get(pk=placement.pk), cause=Cause.BY_HAND)
        killed = killed_everywhere(export, peer, workers, taken=taken)
        export.refresh_from_db()
        assert (export.state, export.outcome, export.error_code) == (State.DONE, "uploaded", "")
        return killed

    assert upload() >= 2
    assert_told_as_it_is(spoken, peer, spoken.least)
    # More than the fewest that VK takes as a change; then fewer, for which it needs new lists.
    for leavers in (30, 3):
        leave(leavers)
        many(channel, leavers, start=10_000 * leavers)
        assert upload() >= 1
        assert_told_as_it_is(spoken, peer, spoken.least)
    Contact.objects.update(unsubscribed_at=timezone.now())
    assert upload() >= 1
    assert_told_as_it_is(spoken, peer, 0)
    assert Entry.objects.filter(left="opted_out").count() == Entry.objects.count()


def test_killed_before_its_outcome_is_written_nothing_is_asked_again(
    channel: Channel, connected: Connected, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoken, peer, connection = connected
    many(channel, spoken.least)
    export = begin(placement=placement_of(connection), cause=Cause.BY_HAND)

    def kill(*_: Any) -> None:
        raise Killed

    with monkeypatch.context() as broken:
        broken.setattr("apps.ads.exporting._finish", kill)
        with pytest.raises(Killed):
            go(export)
    rows = Export.objects.filter(pk=export.pk)
    assert (rows.get().state, rows.get().stage) == (State.RUNNING, "done")
    rows.update(lease_until=timezone.now() - timedelta(seconds=1))
    recover()
    asked = len(peer.requests)
    assert go(export).outcome == "uploaded"
    assert len(peer.requests) == asked
    assert_told_as_it_is(spoken, peer, spoken.least)
