"""Whoever may not be in an audience any more is taken out; an audience without anybody is deleted."""

import pytest
from django.utils import timezone

from apps.ads.launching import begin
from apps.ads.models import Cause, Entry, Export, Placement
from apps.appeals import consent
from apps.appeals.campaigns.unsubscribing import unsubscribe
from apps.appeals.deciding import set_status
from apps.appeals.models import Appeal, AppealStatus, ConsentWay, Contact
from apps.channels.models import Channel
from apps.core.models import State
from apps.integrations.models import Connection
from tests.ads.conftest import Refuse, placement_of
from tests.ads.steps import go, quarter_of_an_hour, upload
from tests.crm.conftest import make_appeal
from tests.peers import yandex_audience
from tests.peers.server import Reply
from tests.peers.yandex_audience import YandexOwnPeer
from tests.work import drain

pytestmark = pytest.mark.django_db(transaction=True)


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


def test_a_failure_that_a_later_upload_made_good_holds_nobody_back(
    refuse: Refuse, ya_own: Connection, own: YandexOwnPeer
) -> None:
    contacts = [refuse() for _ in range(5)]
    placement = placement_of(ya_own)
    own.looks = 5
    failed = go(begin(placement=placement, cause=Cause.BY_HAND), until=lambda: own.segments)
    next(iter(own.segments.values()))["status"] = "processing_failed"
    assert go(failed).state == State.FAILED
    unsubscribe(contact=contacts[0], by=None, why="стоп")
    count = Export.objects.count()
    quarter_of_an_hour()
    assert Export.objects.count() == count, "what has just failed was tried again at once"
    next(iter(own.segments.values()))["status"] = "processed"
    assert upload(placement).outcome == "uploaded"
    unsubscribe(contact=contacts[1], by=None, why="стоп")
    export = quarter_of_an_hour()
    assert export is not None
    assert (export.cause, export.outcome) == (Cause.LEAVING, "uploaded")
    assert not Entry.objects.filter(contact=contacts[1], removed_at=None).exists()
