"""Workers killed with -9 at every request of an upload: one segment, everybody in it once."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from apps.ads.launching import begin as begin_upload
from apps.ads.models import Cause, Entry, Export
from apps.core.models import State
from apps.core.work.recover import recover
from apps.integrations.models import Connection
from tests.ads.conftest import Refuse, placement_of
from tests.ads.steps import go, upload
from tests.crm.test_orders_kill import Begin, begin, hang_after
from tests.live import wait_until
from tests.peers import yandex_audience
from tests.peers.yandex_audience import YandexOwnPeer

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]
__all__ = ["begin"]


@pytest.fixture
def enough(refuse: Refuse) -> None:
    """The worker's own process knows of no smaller minimum."""
    for _ in range(100):
        refuse()


def kill(process: Any, export: Export) -> None:
    process.kill()
    process.wait()
    rows = Export.objects.filter(pk=export.pk)
    assert rows.get().state == State.RUNNING
    rows.update(lease_until=timezone.now() - timedelta(seconds=1))
    recover()
    assert rows.get().state == State.QUEUED
    rows.update(due_at=timezone.now())


@pytest.mark.parametrize("route", [yandex_audience.UPLOAD, yandex_audience.CONFIRM])
@pytest.mark.parametrize("taken", [True, False], ids=["taken there", "not taken there"])
def test_killed_while_a_segment_is_made(
    enough: None, ya_own: Connection, own: YandexOwnPeer, begin: Begin, route: str, taken: bool
) -> None:
    export = begin_upload(placement=placement_of(ya_own), cause=Cause.BY_HAND)
    came = hang_after(own, route, taken=taken)
    process = begin(export)
    wait_until(came, seconds=120, what="the request")
    kill(process, export)
    assert go(export).outcome == "uploaded"
    [segment] = own.segments.values()
    assert (segment["status"], len(segment["people"])) == ("processed", 100)
    assert Entry.objects.exclude(confirmed_at=None).count() == Entry.objects.count() == 100


def test_killed_while_people_are_taken_out(
    enough: None, refuse: Refuse, ya_own: Connection, own: YandexOwnPeer, begin: Begin
) -> None:
    placement = placement_of(ya_own)
    upload(placement)
    leaver = Entry.objects.order_by("pk")[0].contact
    assert leaver is not None
    leaver.delete()
    export = begin_upload(placement=placement, cause=Cause.BY_HAND)
    came = hang_after(own, yandex_audience.MODIFY, taken=True)
    process = begin(export)
    wait_until(came, seconds=120, what="the request")
    kill(process, export)
    assert go(export).outcome == "uploaded"
    [segment] = own.segments.values()
    assert len(segment["people"]) == 99
    assert Entry.objects.exclude(removed_at=None).count() == 1
