"""VK Ads: the document's lists and contacts, and its own lists of one kind joined in a segment."""

import pytest
from django.utils import timezone, translation

from apps.ads.models import Entry, Export, Placement
from apps.appeals.campaigns.unsubscribing import unsubscribe
from apps.appeals.models import Contact
from apps.channels.models import Channel
from apps.core.errors import AuthFailed
from apps.core.models import State
from apps.integrations.checking import check_connection
from apps.integrations.connecting import connect
from apps.integrations.models import AccessToken, Connection, Health
from apps.tenants.models import Tenant
from tests.ads.conftest import Refuse, many, placement_of
from tests.ads.steps import quarter_of_an_hour, upload
from tests.peers import vk_ads
from tests.peers.server import Reply
from tests.peers.vk_ads import VKAdsOwnPeer, VKAdsPeer

pytestmark = pytest.mark.django_db(transaction=True)


def leave(count: int) -> None:
    ids = Contact.objects.filter(unsubscribed_at=None).order_by("pk").values_list("pk", flat=True)[:count]
    Contact.objects.filter(pk__in=list(ids)).update(unsubscribed_at=timezone.now())


# The document's shape


def test_the_documents_requests_word_for_word(refuse: Refuse, vk: Connection, vk_plain: VKAdsPeer) -> None:
    refuse(phone="8 900 123-45-67", email="ivan@example.com")
    assert upload(placement_of(vk)).outcome == "uploaded"
    create, users = vk_plain.requests
    assert (create.path, create.json["type"]) == ("/api/v2/remarketing_users_lists.json", "user_list")
    assert create.json["name"].startswith("BatteryCRM - Отказники")
    assert users.path == "/api/v2/remarketing_users_lists/1/users.json"
    assert users.json == {
        "contacts": [
            {"type": "email", "value": "ivan@example.com"},
            {"type": "phone", "value": "79001234567"},
        ]
    }


def test_whoever_leaves_is_left_out_of_a_list_made_anew(
    refuse: Refuse, vk: Connection, vk_plain: VKAdsPeer
) -> None:
    contacts = [refuse() for _ in range(3)]
    upload(placement_of(vk))
    unsubscribe(contact=contacts[0], by=None, why="стоп")
    export = quarter_of_an_hour()
    assert export is not None
    assert export.outcome == "uploaded"
    assert {pk: len(one["people"]) for pk, one in vk_plain.lists.items()} == {"2": 2}
    assert Entry.objects.exclude(removed_at=None).get().contact == contacts[0]


def test_a_service_that_deletes_no_list_says_what_to_do(refuse: Refuse, tenant_a: Tenant) -> None:
    with VKAdsPeer(deletes=False) as peer:
        values = {"access_token": vk_ads.TOKEN, "base_url": peer.url}
        made = connect(tenant=tenant_a, connector="vk_ads", key="vk", values=values)
        contact = refuse()
        refuse()
        upload(placement_of(made))
        unsubscribe(contact=contact, by=None, why="стоп")
        export = quarter_of_an_hour()
        assert export is not None
        assert (export.state, export.error_code) == (State.FAILED, "cannot_remove")
        with translation.override("ru"):
            assert "Удалите его" in translation.gettext(export.error_text)
        assert Entry.objects.filter(removed_at=None).count() == 2


# Its own


def test_phones_and_e_mails_are_two_lists_in_one_segment(
    channel: Channel, vk_own: Connection, vk_peer: VKAdsOwnPeer
) -> None:
    vk_peer.looks = 2
    many(channel, 2100)
    export = upload(placement_of(vk_own))
    assert (export.state, export.outcome) == (State.DONE, "uploaded")
    [segment] = vk_peer.segments.values()
    assert [len(vk_peer.lists[pk]["lines"]) for pk in segment["lists"]] == [2100, 2100]
    assert Entry.objects.filter(algorithm="md5").exclude(confirmed_at=None).count() == 4200
    assert AccessToken.objects.count() == len(vk_peer.tokens) == 1


def test_a_kind_below_the_minimum_stays_out_and_in_no_ledger(
    channel: Channel, vk_own: Connection, vk_peer: VKAdsOwnPeer
) -> None:
    many(channel, 2100, email=False)
    many(channel, 50, start=5000)
    assert upload(placement_of(vk_own)).outcome == "uploaded"
    assert vk_peer.people() == Entry.objects.count() == 2150
    assert set(Entry.objects.values_list("kind", flat=True)) == {"phone"}


def test_below_two_thousand_nothing_is_uploaded(
    refuse: Refuse, vk_own: Connection, vk_peer: VKAdsOwnPeer
) -> None:
    refuse()
    before = len(vk_peer.requests)
    assert upload(placement_of(vk_own)).outcome == "too_few"
    assert len(vk_peer.requests) == before


@pytest.mark.parametrize("how_many", [40, 3], ids=["the difference", "too few for a difference"])
def test_those_who_leave_are_out_however_few_they_are(
    channel: Channel, vk_own: Connection, vk_peer: VKAdsOwnPeer, how_many: int
) -> None:
    many(channel, 2100, email=False)
    upload(placement_of(vk_own))
    [segment] = vk_peer.segments
    leave(how_many)
    export = quarter_of_an_hour()
    assert export is not None
    assert (export.outcome, export.is_whole) == ("uploaded", how_many == 3)
    assert list(vk_peer.segments) == [segment], "campaigns refer to it"
    assert vk_peer.people() == Entry.objects.filter(removed_at=None).count() == 2100 - how_many
    kept = [one for one in vk_peer.lists.values() if not one["base"]]
    assert len(kept) == 1, "the former list is deleted"


@pytest.mark.parametrize("is_used", [False, True])
def test_where_too_few_are_left_all_of_them_leave(
    channel: Channel, vk_own: Connection, vk_peer: VKAdsOwnPeer, is_used: bool
) -> None:
    many(channel, 2001, email=False)
    upload(placement_of(vk_own))
    leave(2)
    vk_peer.used = is_used
    export = quarter_of_an_hour()
    assert export is not None
    if is_used:
        assert (export.state, export.error_code) == (State.FAILED, "in_use")
        assert vk_peer.people() == 2001
        assert not Entry.objects.exclude(removed_at=None).exists()
    else:
        assert (export.outcome, vk_peer.segments, vk_peer.lists) == ("uploaded", {}, {})
        assert not Entry.objects.filter(removed_at=None).exists()
        assert Placement.objects.get().remote == {}


@pytest.mark.parametrize("route", [vk_ads.UPLOAD, vk_ads.SEGMENT])
def test_what_was_made_unheard_is_found_again(
    channel: Channel, vk_own: Connection, vk_peer: VKAdsOwnPeer, route: str
) -> None:
    many(channel, 2100, email=False)
    usual = vk_peer._routes[route]

    def once(request: object) -> Reply:
        vk_peer.route(route, usual)  # type: ignore[arg-type]
        usual(request)  # type: ignore[misc,arg-type]
        return Reply(close=True)

    vk_peer.route(route, once)
    export = upload(placement_of(vk_own))
    assert (export.outcome, export.failures) == ("uploaded", 1)
    assert (len(vk_peer.segments), len(vk_peer.lists)) == (1, 1)


def test_an_expired_token_is_renewed_by_the_refresh_token(
    refuse: Refuse, vk_own: Connection, vk_peer: VKAdsOwnPeer
) -> None:
    vk_peer.tokens.append("vk-token-of-somebody-else")
    vk_peer.tokens.pop(0)
    vk_own = check_connection(connection=vk_own, within=9)
    assert vk_own.health == Health.OK
    assert len(vk_peer.tokens) == 2


def test_a_sixth_token_is_refused_with_its_reason(vk_own: Connection, vk_peer: VKAdsOwnPeer) -> None:
    vk_peer.tokens = ["other"] * 5
    AccessToken.objects.all().delete()
    vk_own = check_connection(connection=vk_own, within=9)
    assert (vk_own.health, vk_own.error_code) == (Health.NEEDS_RECONNECT, "too_many_tokens")
    assert AuthFailed.code != vk_own.error_code
    assert not Export.objects.exists()
