"""Audiences are uploaded step by step, in both shapes of Yandex; afterwards only the difference goes."""

import csv

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from apps.ads.contract import Algorithm
from apps.ads.hashing import uploaded
from apps.ads.models import Entry
from apps.appeals.campaigns.unsubscribing import unsubscribe
from apps.appeals.merging.moving import move
from apps.appeals.models import Contact
from apps.channels.models import Channel
from apps.core.models import State
from apps.integrations.models import Connection
from tests.ads.conftest import Refuse, agree, many, placement_of
from tests.ads.steps import upload
from tests.peers.yandex_audience import TOKEN, YandexOwnPeer, YandexPeer

pytestmark = pytest.mark.django_db(transaction=True)


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
