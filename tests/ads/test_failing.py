"""What goes wrong with an upload, and what a person is told of it."""

from typing import Any

import pytest
from django.utils import translation

from apps.ads.launching import begin
from apps.ads.models import Cause, Entry, Export
from apps.core.alarms import raised
from apps.core.models import State
from apps.integrations.checking import check_connection
from apps.integrations.connecting import connect
from apps.integrations.models import Connection, Health
from apps.tenants.models import Tenant
from tests.ads.conftest import Refuse, placement_of, yandex_values
from tests.ads.steps import go, is_paused, upload
from tests.peers import yandex_audience
from tests.peers.server import Peer, Reply
from tests.peers.yandex_audience import TOKEN, YandexOwnPeer, YandexPeer

pytestmark = pytest.mark.django_db(transaction=True)


def told(export: Export, language: str) -> str:
    with translation.override(language):
        return translation.gettext(export.error_text)


def test_a_list_below_the_minimum_is_not_uploaded(
    refuse: Refuse, own: YandexOwnPeer, tenant_a: Tenant
) -> None:
    made = connect(tenant=tenant_a, connector="yandex_audience", key="ya", values=yandex_values(own.url))
    made = check_connection(connection=made, within=9)
    refuse()
    before = len(own.requests)
    export = upload(placement_of(made))
    assert (export.state, export.outcome, export.total) == (State.DONE, "too_few", 1)
    assert len(own.requests) == before
    assert not Entry.objects.exists()


def test_a_list_that_the_service_finds_too_small_says_so(
    refuse: Refuse, ya_own: Connection, own: YandexOwnPeer
) -> None:
    own.least = 50
    for _ in range(3):
        refuse()
    export = upload(placement_of(ya_own))
    assert (export.state, export.outcome, own.segments) == (State.DONE, "too_few", {})
    assert not Entry.objects.exists()


def test_a_segment_deleted_there_is_told_of_and_made_anew_next_time(
    refuse: Refuse, ya_own: Connection, own: YandexOwnPeer
) -> None:
    for _ in range(2):
        refuse()
    placement = placement_of(ya_own)
    upload(placement)
    own.segments.clear()
    refuse()
    export = upload(placement)
    assert (export.state, export.error_code) == (State.FAILED, "segment_gone")
    assert "удалена" in told(export, "ru")
    assert "deleted" in told(export, "en")
    assert set(Entry.objects.values_list("left", flat=True)) == {"deleted"}
    placement.refresh_from_db()
    assert upload(placement).outcome == "uploaded"
    assert len(next(iter(own.segments.values()))["people"]) == 3


def test_a_limit_pauses_the_account_and_is_no_failure(
    refuse: Refuse, ya: Connection, plain: YandexPeer
) -> None:
    refuse()
    plain.script(yandex_audience.CREATE, [Reply(status=429, headers={"Retry-After": "120"})])
    export = go(begin(placement=placement_of(ya), cause=Cause.BY_HAND), until=is_paused)
    assert (export.state, export.error_code, export.failures) == (State.QUEUED, "rate_limited", 0)
    ya.refresh_from_db()
    assert ya.paused_until is not None
    Connection.objects.update(paused_until=None)
    assert go().outcome == "uploaded"


def test_a_refused_token_parks_the_upload_until_a_check_finds_it_well(
    refuse: Refuse, ya: Connection, plain: YandexPeer, tenant_a: Tenant
) -> None:
    refuse()
    plain.token = "another-token-of-the-service"
    export = upload(placement_of(ya))
    assert (export.state, export.error_code) == (State.FAILED, "auth_failed")
    assert [alarm.connection_id for alarm in raised(tenant_a.pk)] == [ya.pk]
    ya.refresh_from_db()
    assert ya.health == Health.NEEDS_RECONNECT
    plain.token = TOKEN
    check_connection(connection=ya, within=9)
    assert go().outcome == "uploaded"
    assert not raised(tenant_a.pk)


def test_an_expired_token_is_exchanged_once(
    refuse: Refuse, own: YandexOwnPeer, tenant_a: Tenant, few: None
) -> None:
    for _ in range(2):
        refuse()
    given: list[str] = []

    def give(request: Any) -> Reply:
        assert request.form["grant_type"] == ["refresh_token"]
        given.append(request.form["refresh_token"][0])
        return Reply(json={"access_token": own.token, "refresh_token": "r-2-of-yandex", "expires_in": 3600})

    with Peer() as oauth:
        oauth.route("POST /token", give)
        keys = {"client_id": "app", "client_secret": "app-password-1", "refresh_token": "r-1-of-yandex"}
        values = yandex_values(own.url, api="vendor", oauth_url=oauth.url, **keys)
        made = connect(tenant=tenant_a, connector="yandex_audience", key="ya", values=values)
        own.token = "y0_the_new_token"
        assert upload(placement_of(made)).outcome == "uploaded"
        assert given == ["r-1-of-yandex"]


@pytest.mark.parametrize(
    "reply",
    [
        Reply(body="<html>502</html>", headers={"Content-Type": "text/html"}),
        Reply(status=502, body="bad gateway"),
        Reply(close=True),
    ],
    ids=["html", "502", "hangs up"],
)
@pytest.mark.parametrize("route", [yandex_audience.UPLOAD, yandex_audience.CONFIRM, yandex_audience.SEGMENTS])
def test_a_page_instead_of_an_answer_is_tried_again(
    refuse: Refuse, ya_own: Connection, own: YandexOwnPeer, reply: Reply, route: str
) -> None:
    for _ in range(2):
        refuse()
    own.script(route, [reply])
    export = upload(placement_of(ya_own))
    assert (export.state, export.outcome, export.failures) == (State.DONE, "uploaded", 1)
    assert len(own.segments) == 1


def test_processing_that_fails_is_told_of(refuse: Refuse, ya_own: Connection, own: YandexOwnPeer) -> None:
    for _ in range(2):
        refuse()
    own.looks = 5
    begun = go(begin(placement=placement_of(ya_own), cause=Cause.BY_HAND), until=lambda: own.segments)
    next(iter(own.segments.values()))["status"] = "processing_failed"
    export = go(begun)
    assert (export.state, export.error_code) == (State.FAILED, "not_processed")
    assert "обработать" in told(export, "ru")


def test_a_whole_list_that_is_refused_leaves_the_ledger_as_it_was(
    refuse: Refuse, ya: Connection, plain: YandexPeer
) -> None:
    for _ in range(2):
        refuse()
    placement = placement_of(ya)
    upload(placement)
    before = list(Entry.objects.order_by("pk").values_list("digest", "sent_at", "confirmed_at"))
    plain.script(yandex_audience.DATA, [Reply(status=400, json={"errors": []})])
    assert upload(placement).state == State.FAILED
    assert list(Entry.objects.order_by("pk").values_list("digest", "sent_at", "confirmed_at")) == before
    assert all(confirmed_at for _digest, _sent_at, confirmed_at in before)
    assert upload(placement).outcome == "uploaded"
