"""Google Ads: the document's lists and jobs, the Ads API's machine of jobs, the Data Manager's requests."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import translation

from apps.ads.contract import Algorithm
from apps.ads.hashing import uploaded
from apps.ads.models import Entry
from apps.appeals.campaigns.unsubscribing import unsubscribe
from apps.channels.models import Channel
from apps.core.models import State
from apps.integrations.checking import check_connection
from apps.integrations.connecting import InvalidSettings, connect
from apps.integrations.models import Connection, Health
from apps.tenants.models import Tenant
from tests.ads.conftest import Refuse, many, placement_of
from tests.ads.steps import quarter_of_an_hour, upload
from tests.peers import google_ads
from tests.peers.google_ads import CUSTOMER, TOKEN, DataManagerPeer, GoogleAdsPeer, GooglePeer, GoogleSpecPeer
from tests.peers.server import Peer, Reply

pytestmark = pytest.mark.django_db(transaction=True)
MADE = {"spec": GoogleSpecPeer, "ads_api": GoogleAdsPeer, "data_manager": DataManagerPeer}


@pytest.fixture(params=sorted(MADE))
def google(request: Any) -> Iterator[GooglePeer]:
    """One of the three."""
    with MADE[request.param]() as peer:
        peer.api = request.param
        yield peer


@pytest.fixture
def ads_api() -> Iterator[GoogleAdsPeer]:
    with GoogleAdsPeer(looks=2) as peer:
        yield peer


@pytest.fixture
def manager() -> Iterator[DataManagerPeer]:
    with DataManagerPeer(looks=2) as peer:
        yield peer


def connected(tenant: Tenant, peer: Peer, **more: Any) -> Connection:
    values = {"customer_id": "123-456-7890", "access_token": TOKEN, "base_url": peer.url, **more}
    made = connect(tenant=tenant, connector="google_ads", key="google", values=values)
    return check_connection(connection=made, within=9)


def people(peer: GooglePeer) -> set[str]:
    [found] = peer.lists.values()
    held: set[str] = found["people"]
    return held


def test_which_of_the_three_answers_is_found_out(google: Any, tenant_a: Tenant) -> None:
    made = connected(tenant_a, google)
    assert (made.health, made.api_shape) == (Health.OK, google.api)
    assert made.config["customer_id"] == CUSTOMER


def test_people_come_and_leave(google: Any, channel: Channel, tenant_a: Tenant) -> None:
    made = connected(tenant_a, google)
    many(channel, 120)
    assert upload(placement_of(made)).outcome == "uploaded"
    assert people(google) == set(Entry.objects.values_list("digest", flat=True))
    assert uploaded("+79000000000", Algorithm.SHA256) in people(google)
    assert len(people(google)) == 240
    leaver = Entry.objects.order_by("pk")[0].contact
    assert leaver is not None
    unsubscribe(contact=leaver, by=None, why="стоп")
    export = quarter_of_an_hour()
    assert export is not None
    assert export.outcome == "uploaded"
    assert len(people(google)) == 238
    assert Entry.objects.exclude(removed_at=None).count() == 2


def test_the_documents_requests_word_for_word(refuse: Refuse, tenant_a: Tenant) -> None:
    with GoogleSpecPeer() as peer:
        made = connected(tenant_a, peer)
        refuse(phone="8 999 555-11-11", email="ivan@example.com")
        upload(placement_of(made))
        create, job = peer.requests[-2:]
        assert create.json["userList"]["membershipLifeSpan"] == 540
        [operation] = job.json["job"]["operations"]
        assert operation == {
            "create": {
                "userIdentifiers": [
                    {"hashedEmail": uploaded("ivan@example.com", Algorithm.SHA256)},
                    {"hashedPhoneNumber": uploaded("+79995551111", Algorithm.SHA256)},
                ]
            }
        }


def test_what_takes_a_while_is_waited_for(channel: Channel, ads_api: GoogleAdsPeer, tenant_a: Tenant) -> None:
    made = connected(tenant_a, ads_api)
    many(channel, 120)
    export = upload(placement_of(made))
    assert (export.state, export.failures) == (State.DONE, 0)
    assert [one["step"] for one in export.receipts][-1] == "done"
    [job] = ads_api.jobs.values()
    assert job["status"] == "SUCCESS"


@pytest.mark.parametrize("route", [google_ads.MUTATE, google_ads.MAKE_JOB, google_ads.FILL, google_ads.RUN])
def test_what_the_ads_api_did_unheard_is_not_done_twice(
    channel: Channel, ads_api: GoogleAdsPeer, tenant_a: Tenant, route: str
) -> None:
    made = connected(tenant_a, ads_api)
    many(channel, 120)
    ads_api.instead_once(route, Reply(close=True))
    export = upload(placement_of(made))
    assert (export.outcome, export.failures) == ("uploaded", 1)
    assert len(people(ads_api)) == 240
    assert sum(job["status"] != "PENDING" for job in ads_api.jobs.values()) == 1


@pytest.mark.parametrize("route", [google_ads.DM_CREATE, google_ads.INGEST, google_ads.STATUS])
def test_what_the_data_manager_did_unheard_is_not_done_twice(
    channel: Channel, manager: DataManagerPeer, tenant_a: Tenant, route: str
) -> None:
    made = connected(tenant_a, manager)
    many(channel, 120)
    manager.instead_once(route, Reply(body="<html>502</html>", headers={"Content-Type": "text/html"}))
    export = upload(placement_of(made))
    assert (export.outcome, export.failures) == ("uploaded", 1)
    assert len(people(manager)) == 240


def test_consent_is_told_as_it_was_said_and_never_claimed(
    channel: Channel, manager: DataManagerPeer, ads_api: GoogleAdsPeer, tenant_a: Tenant, tenant_b: Tenant
) -> None:
    many(channel, 120)
    made = connected(tenant_a, manager)
    upload(placement_of(made))
    assert manager.seen_consent == [None]
    placement = placement_of(made)
    said = {"ad_user_data": "granted", "ad_personalization": "denied"}
    Connection.objects.filter(pk=made.pk).update(config={**made.config, **said})
    many(channel, 1, start=9000)
    placement.refresh_from_db()
    upload(placement)
    consent = {"adUserData": "CONSENT_GRANTED", "adPersonalization": "CONSENT_DENIED"}
    assert manager.seen_consent[-1] == consent


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("CUSTOMER_NOT_ALLOWLISTED_FOR_THIS_FEATURE", "Data Manager"),
        ("TERMS_AND_CONDITIONS_NOT_SIGNED", "условия"),
        ("EU_POLITICAL_ADVERTISING_DECLARATION_REQUIRED", "политическая"),
    ],
)
def test_what_the_account_lacks_is_said_plainly(
    channel: Channel, ads_api: GoogleAdsPeer, tenant_a: Tenant, word: str, said: str
) -> None:
    made = connected(tenant_a, ads_api)
    many(channel, 120)
    body = {
        "error": {"code": 403, "status": "PERMISSION_DENIED", "details": [{"errors": [{"errorCode": word}]}]}
    }
    ads_api.script(google_ads.MUTATE, [Reply(status=403, json=body)])
    export = upload(placement_of(made))
    assert export.state == State.FAILED
    with translation.override("ru"):
        assert said in translation.gettext(export.error_text)
    with translation.override("en"):
        assert "Google" in translation.gettext(export.error_text)


def test_lines_that_google_refuses_are_counted(
    channel: Channel, ads_api: GoogleAdsPeer, tenant_a: Tenant
) -> None:
    made = connected(tenant_a, ads_api)
    many(channel, 120)
    failed = {"partialFailureError": {"code": 3, "details": [{"errors": [{}, {}]}]}}
    ads_api.instead_once(google_ads.FILL, Reply(json=failed))
    assert upload(placement_of(made)).refused == 2


def test_a_list_deleted_there_is_told_of(google: Any, channel: Channel, tenant_a: Tenant) -> None:
    made = connected(tenant_a, google)
    many(channel, 120)
    placement = placement_of(made)
    upload(placement)
    google.lists.clear()
    many(channel, 1, start=9000)
    placement.refresh_from_db()
    export = upload(placement)
    assert (export.state, export.error_code) == (State.FAILED, "segment_gone")
    assert not Entry.objects.filter(removed_at=None).exists()


def test_a_token_is_got_by_the_refresh_token(manager: DataManagerPeer, tenant_a: Tenant) -> None:
    def give(request: Any) -> Reply:
        assert request.form["refresh_token"] == ["1//refresh-made-up"]
        return Reply(json={"access_token": TOKEN, "expires_in": 3599})

    with Peer() as oauth:
        oauth.route("POST /token", give)
        keys = {"client_id": "app", "client_secret": "google-secret-1", "refresh_token": "1//refresh-made-up"}
        made = connected(tenant_a, manager, access_token="", oauth_url=oauth.url, **keys)
        assert (made.health, made.api_shape, len(oauth.requests)) == (Health.OK, "data_manager", 1)


def test_a_withdrawn_permission_asks_for_a_person(manager: DataManagerPeer, tenant_a: Tenant) -> None:
    with Peer() as oauth:
        oauth.route("POST /token", lambda _request: Reply(status=400, json={"error": "invalid_grant"}))
        keys = {"client_id": "app", "client_secret": "google-secret-1", "refresh_token": "1//refresh-made-up"}
        made = connected(tenant_a, manager, access_token="", oauth_url=oauth.url, **keys)
        assert made.health == Health.NEEDS_RECONNECT


def test_neither_keys_nor_a_token_is_refused_at_once(tenant_a: Tenant) -> None:
    with pytest.raises(InvalidSettings):
        connect(tenant=tenant_a, connector="google_ads", values={"customer_id": "1234567890"})
