"""Whom Google does not take stands in the ledger as refused, with its own word for the reason."""

from typing import Any

import pytest
from django.urls import reverse
from django.utils import translation

from apps.ads.connectors.google_ads.refusing import of_members, of_operations
from apps.ads.contract import Algorithm, Batch, Kind, Line
from apps.ads.hashing import uploaded
from apps.ads.models import Entry, Export, Placement
from apps.ads.telling import audiences
from apps.appeals.campaigns.unsubscribing import unsubscribe
from apps.appeals.models import Contact
from apps.channels.models import Channel
from apps.core.http import Answer
from apps.tenants.models import Member, Tenant
from tests.ads.conftest import many, placement_of
from tests.ads.shapes import SHAPES
from tests.ads.steps import quarter_of_an_hour, upload

pytestmark = pytest.mark.django_db(transaction=True)
WORDS = {
    "google_ads-spec": "INVALID_SHA256_FORMAT",
    "google_ads-ads_api": "INVALID_SHA256_FORMAT",
    "google_ads-data_manager": "INVALID_HEX_ENCODING",
}


@pytest.fixture(params=sorted(WORDS))
def google(request: Any, tenant_a: Tenant, channel: Channel) -> Any:
    """A peer, a connection to it with people to upload, and its word for a hash that it finds wrong."""
    with SHAPES[request.param].connected(tenant_a) as (peer, connection):
        many(channel, 120)
        yield peer, connection, WORDS[request.param]


def wrong_ones(peer: Any, *numbers: int) -> set[int]:
    """Google will find the phones of these clients wrong. Returns their ids."""
    peer.wrong = {uploaded(f"+7900{number:07}", Algorithm.SHA256) for number in numbers}
    return {Contact.objects.get(phone=f"+7900{number:07}").pk for number in numbers}


def people(peer: Any) -> set[str]:
    [found] = peer.lists.values()
    held: set[str] = found["people"]
    return held


def refused() -> Any:
    return Entry.objects.filter(removed_at=None).exclude(refused_at=None)


def test_who_is_refused_stands_as_refused_with_the_reason(google: Any) -> None:
    peer, connection, said = google
    wrong = wrong_ones(peer, 0, 7, 119)
    export = upload(placement_of(connection))
    assert (export.outcome, export.refused) == ("uploaded", 6)
    assert set(refused().values_list("contact", "refusal", "confirmed_at")) == {
        (pk, said, None) for pk in wrong
    }
    there = Entry.objects.filter(refused_at=None)
    assert people(peer) == set(there.exclude(confirmed_at=None).values_list("digest", flat=True))
    assert there.count() == 2 * 117


def test_who_was_refused_is_neither_sent_again_nor_told_of_as_put_in(google: Any) -> None:
    peer, connection, said = google
    [pk] = wrong_ones(peer, 7)
    placement = placement_of(connection)
    upload(placement)
    placement.refresh_from_db()
    assert upload(placement).outcome == "nothing"
    with translation.override("en"):
        [told] = audiences(Contact.objects.get(pk=pk), None, None, 20)
    assert "did not take them" in told.text
    assert said in told.text


def test_who_was_refused_and_takes_consent_back_needs_no_request(google: Any) -> None:
    peer, connection, _said = google
    [pk] = wrong_ones(peer, 7)
    placement = placement_of(connection)
    upload(placement)
    unsubscribe(contact=Contact.objects.get(pk=pk), by=None, why="стоп")
    count, asked = Export.objects.count(), len(peer.requests)
    quarter_of_an_hour()
    assert (Export.objects.count(), len(peer.requests)) == (count, asked)
    placement.refresh_from_db()
    assert upload(placement).to_remove == 0
    assert not refused().exists()


def test_who_is_not_taken_out_is_still_there_and_is_tried_again(google: Any) -> None:
    peer, connection, said = google
    upload(placement_of(connection))
    [pk] = wrong_ones(peer, 7)
    unsubscribe(contact=Contact.objects.get(pk=pk), by=None, why="стоп")
    export = quarter_of_an_hour()
    assert export is not None
    assert export.refused == 2
    theirs = Entry.objects.filter(contact=pk)
    assert set(theirs.values_list("removed_at", "refusal")) == {(None, said)}
    assert len(people(peer)) == 240
    quarter_of_an_hour()
    assert Export.objects.count() == 2, "not every quarter of an hour"
    peer.wrong = set()
    placement = Placement.objects.get()
    assert upload(placement).to_remove == 2
    assert not theirs.filter(removed_at=None).exists()
    assert len(people(peer)) == 238


def test_of_a_request_that_was_taken_in_part_nobody_is_confirmed(tenant_a: Tenant, channel: Channel) -> None:
    """The Data Manager says how many it did not take, and not whom."""
    with SHAPES["google_ads-data_manager"].connected(tenant_a) as (peer, connection):
        many(channel, 120)
        wrong_ones(peer, 7)
        peer.wrong, peer.late = set(), peer.wrong
        placement = placement_of(connection)
        export = upload(placement)
        assert (export.outcome, export.refused) == ("uploaded", 1)
        assert set(Entry.objects.values_list("confirmed_at", "refused_at", "refusal")) == {
            (None, None, "INVALID_FORMAT")
        }
        leaver = Contact.objects.order_by("pk")[0]
        unsubscribe(contact=leaver, by=None, why="стоп")
        quarter_of_an_hour()
        assert not Entry.objects.filter(contact=leaver, removed_at=None).exists()
        assert len(people(peer)) == 236


def test_the_ledgers_page_shows_the_reason(google: Any, head: Member, signed_in: Any) -> None:
    peer, connection, said = google
    wrong_ones(peer, 7)
    upload(placement_of(connection))
    page = signed_in(head).get(reverse("admin:ads_entry_change", args=[refused()[0].pk])).content.decode()
    assert said in page


def line(number: int) -> Line:
    return Line(id=10 * number, person=number, kind=Kind.PHONE, value="x")


BATCH = Batch(ids=(10, 20), lines=(line(1), line(2)))


@pytest.mark.parametrize(
    "details",
    [None, [], "?", [None], [{"errors": [{}]}], [{"errors": [{"location": {"fieldPathElements": [{}]}}]}]],
)
def test_a_failure_that_names_nobody_may_be_of_anybody(details: Any) -> None:
    found = of_operations({"partialFailureError": {"code": 3, "details": details}}, BATCH)
    assert (dict(found.refused), dict(found.doubted), found.count) == (
        {},
        {10: "REFUSED", 20: "REFUSED"},
        1,
    )


def test_a_place_that_does_not_exist_is_nobodys() -> None:
    field = "audienceMembers[9].userData"
    body = {"error": {"details": [{"fieldViolations": [{"field": field, "reason": "INVALID_FORMAT"}]}]}}
    answer = Answer(status=400, headers={}, json=body, content=b"")
    assert not of_members(answer, BATCH).refused
