"""Audiences are uploaded step by step, in both shapes; whoever may not be there any more is taken out."""

import csv
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from apps.ads import jobs
from apps.ads.contract import Algorithm
from apps.ads.hashing import uploaded
from apps.ads.launching import begin
from apps.ads.models import Audience, Cause, Entry, Export, Placement
from apps.appeals import consent
from apps.appeals.campaigns.unsubscribing import unsubscribe
from apps.appeals.deciding import set_status
from apps.appeals.merging.moving import move
from apps.appeals.models import Appeal, AppealStatus, ConsentWay, Contact
from apps.channels.models import Channel
from apps.core.alarms import raised
from apps.core.models import State
from apps.integrations.checking import check_connection
from apps.integrations.connecting import connect
from apps.integrations.models import Connection, Health
from apps.tenants.models import Tenant
from tests.ads.conftest import Refuse, agree, many, placement_of, yandex_values
from tests.ads.steps import go, quarter_of_an_hour, upload
from tests.crm.conftest import make_appeal
from tests.peers import yandex_audience
from tests.peers.server import Peer, Reply
from tests.peers.yandex_audience import TOKEN, YandexOwnPeer, YandexPeer
from tests.work import drain

pytestmark = pytest.mark.django_db(transaction=True)


def told(export: Export, language: str) -> str:
    with translation.override(language):
        return translation.gettext(export.error_text)


# The document's shape


def test_the_documents_requests_word_for_word(refuse: Refuse, ya: Connection, plain: YandexPeer) -> None:
    refuse(phone="8 900 123-45-67", email="Ivan@Example.com")
    refuse(phone="+7 (900) 987-65-43")
    export = upload(placement_of(ya))
    assert (export.state, export.outcome, export.total) == (State.DONE, "uploaded", 2)
    create, data = plain.requests
    assert (create.path, data.path) == (
        "/v1/management/segments",
        "/v1/management/segments/12345678/data",
    )
    segment = create.json["segment"]
    assert segment["name"].startswith("BatteryCRM - Отказники за 30 дней (20")
    assert list(csv.reader(data.body.decode().splitlines())) == [
        ["Email", "Phone"],
        ["ivan@example.com", "79001234567"],
        ["", "79009876543"],
    ]
    assert data.headers["Authorization"] == f"Bearer {TOKEN}"


def test_a_second_upload_fills_the_same_segment_with_the_whole_list(
    refuse: Refuse, ya: Connection, plain: YandexPeer
) -> None:
    placement = placement_of(ya)
    refuse()
    gone = refuse()
    upload(placement)
    unsubscribe(contact=gone, by=None, why="стоп")
    refuse()
    assert upload(placement).outcome == "uploaded"
    assert [len(one["rows"]) for one in plain.segments.values()] == [2]
    entry = Entry.objects.get(contact=gone)
    assert (entry.left, entry.removed_at is not None) == ("opted_out", True)


# The service's own


def test_a_file_is_uploaded_confirmed_and_waited_for(
    refuse: Refuse, ya_own: Connection, own: YandexOwnPeer
) -> None:
    own.looks = 3
    for _ in range(3):
        refuse(email="")
    export = upload(placement_of(ya_own))
    assert (export.state, export.outcome, export.failures) == (State.DONE, "uploaded", 0)
    [segment] = own.segments.values()
    assert segment["status"] == "processed"
    assert {phone for _email, phone in segment["people"]} == {
        uploaded(f"7900000000{number}", Algorithm.SHA256) for number in range(3)
    }
    assert [one["step"] for one in export.receipts] == ["upload", "confirm", "made", "done"]
    rows = Entry.objects.all()
    assert all(
        row.sent_at and row.confirmed_at and row.consent_id and row.consent_way == "form" for row in rows
    )


def test_afterwards_only_the_difference_goes(refuse: Refuse, ya_own: Connection, own: YandexOwnPeer) -> None:
    placement = placement_of(ya_own)
    contacts = [refuse() for _ in range(3)]
    upload(placement)
    assert upload(placement).outcome == "nothing"
    Contact.objects.filter(pk=contacts[0].pk).update(phone="+7 901 000-00-01")
    unsubscribe(contact=contacts[1], by=None, why="стоп")
    refuse()
    before = len(own.requests)
    export = upload(placement)
    assert (export.to_add, export.to_remove) == (2, 2)
    changes = [one.query for one in own.requests[before:] if one.path.endswith("modify_data")]
    assert [one["modification_type"] for one in changes] == [["addition"], ["subtraction"]]
    [segment] = own.segments.values()
    assert {phone for _email, phone in segment["people"]} == set(
        Entry.objects.filter(removed_at=None).values_list("digest", flat=True)
    )
    assert len(segment["people"]) == 3


@pytest.mark.parametrize("how", ["bought", "agreed", "opted out", "consent back", "writes again", "deleted"])
def test_whoever_has_to_leave_is_taken_out_within_a_quarter_of_an_hour(
    refuse: Refuse, channel: Channel, ya_own: Connection, own: YandexOwnPeer, how: str
) -> None:
    contacts = [refuse() for _ in range(3)]
    upload(placement_of(ya_own))
    one = contacts[0]
    match how:
        case "bought":
            make_appeal(channel, contact=one, status="closed", closed_at=timezone.now())
        case "agreed":
            for status in (AppealStatus.IN_PROGRESS, AppealStatus.AGREED):
                set_status(appeal=Appeal.objects.get(contact=one), status=status)
        case "opted out":
            unsubscribe(contact=one, by=None, why="стоп")
        case "consent back":
            consent.withdraw(contact=one, way=ConsentWay.WORDS, by=None)
        case "writes again":
            make_appeal(channel, contact=one, status="new")
        case "deleted":
            one.delete()
    export = quarter_of_an_hour()
    assert export is not None
    assert (export.cause, export.outcome, export.to_remove) == (Cause.LEAVING, "uploaded", 1)
    [segment] = own.segments.values()
    assert len(segment["people"]) == 2
    entry = Entry.objects.exclude(removed_at=None).get()
    assert entry.removed_by == export
    assert entry.left == {
        "bought": "bought",
        "agreed": "bought",
        "writes again": "open_appeal",
        "deleted": "filter",
    }.get(how, "opted_out")
    count = Export.objects.count()
    quarter_of_an_hour()
    assert Export.objects.count() == count


def test_whoever_takes_their_consent_back_while_an_upload_waits_does_not_go(
    refuse: Refuse, ya_own: Connection, own: YandexOwnPeer
) -> None:
    placement = placement_of(ya_own)
    contacts = [refuse() for _ in range(4)]
    own.script(yandex_audience.UPLOAD, [Reply(status=503)])
    jobs_row = begin(placement=placement, cause=Cause.BY_HAND)
    drain()
    unsubscribe(contact=contacts[0], by=None, why="стоп")
    assert go(jobs_row).outcome == "uploaded"
    [segment] = own.segments.values()
    assert len(segment["people"]) == 3
    assert not Entry.objects.filter(contact=contacts[0]).exists()


def test_an_empty_audience_is_deleted_there(refuse: Refuse, ya_own: Connection, own: YandexOwnPeer) -> None:
    for _ in range(2):
        refuse()
    upload(placement_of(ya_own))
    Contact.objects.update(unsubscribed_at=timezone.now())
    export = quarter_of_an_hour()
    assert export is not None
    assert (export.outcome, own.segments) == ("uploaded", {})
    assert not Entry.objects.filter(removed_at=None).exists()
    assert Placement.objects.get().remote == {}


def test_an_audience_taken_off_an_account_leaves_nobody_there(
    refuse: Refuse, ya_own: Connection, own: YandexOwnPeer
) -> None:
    for _ in range(2):
        refuse()
    upload(placement_of(ya_own))
    Placement.objects.update(is_wanted=False)
    quarter_of_an_hour()
    assert own.segments == {}
    assert set(Entry.objects.values_list("left", flat=True)) == {"off"}


# When


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


# What goes wrong


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
    begin(placement=placement_of(ya), cause=Cause.BY_HAND)
    drain()
    export = Export.objects.get()
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
    begun = begin(placement=placement_of(ya_own), cause=Cause.BY_HAND)
    drain()
    next(iter(own.segments.values()))["status"] = "processing_failed"
    export = go(begun)
    assert (export.state, export.error_code) == (State.FAILED, "not_processed")
    assert "обработать" in told(export, "ru")


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


# How much


def test_ten_thousand_cost_no_more_queries_than_ten(
    channel: Channel, ya_own: Connection, own: YandexOwnPeer
) -> None:
    many(channel, 300)
    placement = placement_of(ya_own)
    with CaptureQueriesContext(database) as few_queries:
        upload(placement)
    many(channel, 3000, start=1000)
    with CaptureQueriesContext(database) as many_queries:
        upload(placement)
    # Rows are written by the two thousand; two lines of each person.
    assert len(many_queries) <= len(few_queries) + 12
    assert Entry.objects.exclude(confirmed_at=None).count() == 6600


def test_a_merged_client_stays_in_the_audience_once(
    refuse: Refuse, ya_own: Connection, own: YandexOwnPeer
) -> None:
    first, second, _third = refuse(), refuse(phone="8 905 000-00-01"), refuse()
    placement = placement_of(ya_own)
    upload(placement)
    move(source=second, target=first)
    Contact.objects.filter(pk=second.pk).update(merged_into=first)
    agree(first)
    upload(placement)
    [segment] = own.segments.values()
    assert len(segment["people"]) == 2
    assert Entry.objects.filter(contact=second).count() == 0
