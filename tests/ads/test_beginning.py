"""When an upload begins: at its hour, by the button, and never twice."""

from datetime import datetime, timedelta

import pytest

from apps.ads import jobs
from apps.ads.launching import begin
from apps.ads.models import Audience, Cause, Export, Placement
from apps.core.models import State
from apps.integrations.connecting import connect
from apps.integrations.models import Connection
from apps.tenants.models import Tenant
from tests.ads.conftest import Refuse, placement_of, yandex_values
from tests.ads.steps import go, upload
from tests.peers import yandex_audience
from tests.peers.server import Reply
from tests.peers.yandex_audience import YandexPeer

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_daily_upload_begins_once_at_its_hour(
    refuse: Refuse, ya: Connection, plain: YandexPeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse()
    Audience.objects.update(hour=4)
    clock = [datetime.fromisoformat("2026-11-29T03:59:00+03:00")]
    monkeypatch.setattr("apps.ads.launching.timezone.now", lambda: clock[0])
    Tenant.objects.update(timezone="Europe/Moscow")
    jobs.upload_daily()
    assert not Export.objects.exists()
    clock[0] += timedelta(minutes=1)
    jobs.upload_daily()
    jobs.upload_daily()
    assert Export.objects.get().cause == Cause.DAILY
    monkeypatch.undo()
    go()
    monkeypatch.setattr("apps.ads.launching.timezone.now", lambda: clock[0])
    clock[0] += timedelta(days=1)
    jobs.upload_daily()
    assert Export.objects.count() == 2


def test_pressed_twice_it_is_one_upload(ya: Connection, plain: YandexPeer) -> None:
    placement = placement_of(ya)
    assert begin(placement=placement, cause=Cause.BY_HAND) == begin(placement=placement, cause=Cause.DAILY)


def test_a_second_account_of_the_organisation_joins_no_audience_by_itself(
    ya: Connection, tenant_a: Tenant
) -> None:
    connect(
        tenant=tenant_a, connector="yandex_audience", key="two", values=yandex_values("http://127.0.0.1:1")
    )
    assert Placement.objects.get().connection == ya


def test_an_old_upload_put_on_its_way_again_undoes_nothing(
    refuse: Refuse, ya: Connection, plain: YandexPeer
) -> None:
    refuse()
    plain.script(yandex_audience.CREATE, [Reply(status=400, json={"errors": []})])
    placement = placement_of(ya)
    old = upload(placement)
    assert old.state == State.FAILED
    upload(placement)
    Export.objects.filter(pk=old.pk).update(state=State.QUEUED)
    before = len(plain.requests)
    assert go(old).outcome == "overtaken"
    assert len(plain.requests) == before
