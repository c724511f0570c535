"""A connection that leads to another server, or customer, by now: it is asked nothing of the former one's."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.utils import translation

from apps.ads.launching import begin
from apps.ads.models import Cause, Entry, Export, Placement
from apps.channels.models import Channel
from apps.core.models import State
from apps.integrations.checking import check_connection
from apps.integrations.connecting import reconfigure
from apps.integrations.models import Connection, Health
from apps.tenants.models import Tenant
from tests.ads.conftest import many
from tests.ads.shapes import SHAPES, Spoken
from tests.ads.steps import go, quarter_of_an_hour
from tests.ads.test_former_api import leave
from tests.work import drain

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    spoken: Spoken
    old: Any
    new: Any
    connection: Connection

    def lead_to(self, peer: Any) -> None:
        values = {**self.spoken.values, "base_url": peer.url}
        made = check_connection(connection=reconfigure(connection=self.connection, values=values), within=9)
        assert made.health == Health.OK

    def upload(self) -> Export:
        return go(begin(placement=Placement.objects.get(), cause=Cause.BY_HAND))

    def people(self, peer: Any) -> list[int]:
        return [len(one) for one in self.spoken.people(peer)]

    def asked(self) -> list[str]:
        """Of the new server, but for what looks at nothing of anybody's."""
        return [one.path for one in self.new.requests if one.method != "GET" and "token" not in one.path]


@pytest.fixture(params=sorted(SHAPES))
def moved(request: Any, tenant_a: Tenant, channel: Channel) -> Iterator[Moved]:
    """An audience was uploaded; there is another server of the same shape, which knows of nothing."""
    spoken = SHAPES[request.param]
    with spoken.connected(tenant_a) as (old, connection), spoken.peer() as new:
        many(channel, spoken.least + 40)
        made = Moved(spoken=spoken, old=old, new=new, connection=connection)
        assert made.upload().outcome == "uploaded"
        yield made


def test_no_other_server_is_asked_about_the_former_ones_segment(moved: Moved) -> None:
    there = [2 * (moved.spoken.least + 40)]
    moved.lead_to(moved.new)
    before = moved.asked()
    export = moved.upload()
    assert (export.state, export.error_code) == (State.FAILED, "former_account")
    with translation.override("ru"):
        assert "аудитории другого кабинета" in translation.gettext(export.error_text)
    leave(3)
    assert quarter_of_an_hour() is not None
    assert moved.asked() == before
    assert (moved.people(moved.old), moved.people(moved.new)) == (there, [])
    assert not Entry.objects.exclude(removed_at=None).exists(), "they are still there"
    assert Connection.objects.get(key="ads").health == Health.OK


def test_with_the_former_settings_it_goes_on_and_afterwards_anew(moved: Moved) -> None:
    moved.lead_to(moved.new)
    moved.upload()
    moved.lead_to(moved.old)
    assert moved.upload().outcome in ("uploaded", "nothing")
    Placement.objects.update(is_wanted=False)
    moved.upload()
    assert moved.people(moved.old) == []
    Placement.objects.update(is_wanted=True)
    moved.lead_to(moved.new)
    assert moved.upload().outcome == "uploaded"
    assert moved.people(moved.new) == [2 * (moved.spoken.least + 40)]


@pytest.mark.parametrize("moved", ["google_ads-ads_api"], indirect=True)
def test_another_customer_of_the_same_server_is_another_account(moved: Moved) -> None:
    values = {**moved.spoken.values, "customer_id": "999-999-9999"}
    reconfigure(connection=moved.connection, values=values)
    before = len(moved.old.requests)
    assert moved.upload().error_code == "former_account"
    assert len(moved.old.requests) == before


@pytest.mark.parametrize("moved", ["yandex_audience-vendor", "vk_ads-spec"], indirect=True)
def test_an_upload_that_brought_nobody_anywhere_begins_anew(moved: Moved) -> None:
    """As after an address that was mistyped."""
    Entry.objects.all().delete()
    Placement.objects.update(remote={})
    values = {**moved.spoken.values, "base_url": "http://127.0.0.1:9"}
    connection = reconfigure(connection=moved.connection, values=values)
    export = begin(placement=Placement.objects.get(), cause=Cause.BY_HAND)
    drain()
    export.refresh_from_db()
    assert (export.state, export.chosen_at is None) == (State.QUEUED, False)
    assert connection.health == Health.PENDING
    moved.lead_to(moved.new)
    assert go(export).outcome == "uploaded"
    assert moved.people(moved.new) == [2 * (moved.spoken.least + 40)]
