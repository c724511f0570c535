"""Connecting Instagram and Messenger: whose account it is, and that its messages come here."""

from collections.abc import Iterator

import pytest
from pydantic import ValidationError

from apps.channels.connectors import instagram, messenger
from apps.core.errors import AuthFailed, ConfigInvalid, Rejected
from tests.channels.meta_accounts import make_account, opened
from tests.peers.instagram import ACCOUNT, InstagramPeer
from tests.peers.messenger import PAGE, MessengerPeer
from tests.peers.meta import error

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _loopback(settings):
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.0/8"]
    settings.PUBLIC_URL = "https://crm.example.com"


@pytest.fixture
def peer() -> Iterator[InstagramPeer]:
    with InstagramPeer() as peer:
        yield peer


@pytest.fixture
def own() -> Iterator[InstagramPeer]:
    with InstagramPeer(by_instagram=True) as peer:
        yield peer


@pytest.fixture
def page() -> Iterator[MessengerPeer]:
    with MessengerPeer() as peer:
        yield peer


def warnings(account) -> str:
    return " ".join(str(warning) for warning in account.warnings)


def test_a_check_by_the_page_names_the_instagram_account(peer):
    account = instagram.check(opened(make_account("instagram", base_url=peer.url)))
    assert account.name == "@battery.shop (Battery)"


def test_a_check_by_instagrams_own_login_names_it(own):
    own.subscribed = ["messages"]
    channel = make_account("instagram", base_url=own.url, login_type="instagram", page_id="")
    account = instagram.check(opened(channel))
    assert (account.name, account.warnings) == ("@battery.shop", ())


def test_each_login_has_its_own_host():
    hosts = [
        opened(make_account("instagram", login_type=login)).config.root for login in ("facebook", "instagram")
    ]
    assert hosts == ["https://graph.facebook.com", "https://graph.instagram.com"]


@pytest.mark.parametrize("by_instagram", [False, True])
def test_a_token_of_another_instagram_account_is_told(by_instagram):
    with InstagramPeer(by_instagram=by_instagram) as peer:
        login = "instagram" if by_instagram else "facebook"
        channel = make_account(
            "instagram", base_url=peer.url, login_type=login, instagram_account_id="17841400000000009"
        )
        with pytest.raises(ConfigInvalid) as caught:
            instagram.check(opened(channel))
    assert caught.value.field == "instagram_account_id"


def test_a_page_without_an_instagram_account_is_told():
    with InstagramPeer() as peer:
        peer.accounts = {"me": {"id": "1", "name": "Battery"}}
        with pytest.raises(ConfigInvalid) as caught:
            instagram.check(opened(make_account("instagram", base_url=peer.url, page_id="")))
    assert caught.value.code == "no_instagram"


def test_a_check_names_the_page(page):
    assert messenger.check(opened(make_account("messenger", base_url=page.url))).name == "Battery"


def test_a_token_that_is_not_the_pages_is_told(page):
    page.accounts = {"me": {"id": "42", "name": "Анна"}, PAGE: {"id": PAGE, "name": "Battery"}}
    with pytest.raises(ConfigInvalid) as caught:
        messenger.check(opened(make_account("messenger", base_url=page.url)))
    assert caught.value.field == "page_id"


def test_a_wrong_token_is_said_to_be_wrong(peer):
    with pytest.raises(AuthFailed):
        instagram.check(opened(make_account("instagram", base_url=peer.url, access_token="EAA-other")))


def test_an_account_that_is_not_subscribed_is_warned_about_until_it_is_installed(peer):
    one = opened(make_account("instagram", base_url=peer.url))
    assert len(instagram.check(one).warnings) == 1
    assert instagram.install(one)
    assert instagram.check(one).warnings == ()


def test_a_subscription_that_cannot_be_asked_about_is_no_failure(page):
    page.fail("subscriptions", 403, 200)
    assert len(messenger.check(opened(make_account("messenger", base_url=page.url))).warnings) == 1


def test_messages_readings_and_echoes_are_subscribed_to(page):
    messenger.install(opened(make_account("messenger", base_url=page.url)))
    wanted = {"messages", "messaging_postbacks", "message_reads", "message_deliveries", "message_echoes"}
    assert wanted <= set(page.subscribed)


def test_by_instagrams_own_login_the_account_itself_is_subscribed(own):
    channel = make_account("instagram", base_url=own.url, login_type="instagram", page_id="")
    instagram.install(opened(channel))
    assert {"messages", "messaging_seen", "message_reactions"} <= set(own.subscribed)


def test_where_meta_knows_a_field_no_more_the_customers_two_are_subscribed_to(peer):
    peer.known_fields = ("messages", "messaging_postbacks")
    instagram.install(opened(make_account("instagram", base_url=peer.url)))
    assert peer.subscribed == ["messages", "messaging_postbacks"]


def test_a_refusal_to_subscribe_at_all_is_told(peer):
    peer.next("subscribe", error(400, 100))
    peer.next("subscribe", error(400, 100))
    with pytest.raises(Rejected):
        instagram.install(opened(make_account("instagram", base_url=peer.url)))


@pytest.mark.parametrize(("version", "warned"), [("v20.0", True), ("v21.0", False), ("v25.0", False)])
def test_a_version_that_meta_has_switched_off_is_warned_about(version, warned):
    with InstagramPeer(version=version) as peer:
        peer.subscribed = ["messages"]
        account = instagram.check(opened(make_account("instagram", base_url=peer.url, api_version=version)))
    assert (version in warnings(account)) == warned


def test_without_an_app_secret_it_says_that_nothing_is_accepted(peer):
    peer.subscribed = ["messages"]
    account = instagram.check(opened(make_account("instagram", base_url=peer.url, app_secret="")))
    assert len(account.warnings) == 1


def test_instagrams_own_app_secret_serves_as_well(peer):
    peer.subscribed = ["messages"]
    channel = make_account("instagram", base_url=peer.url, app_secret="", instagram_app_secret="ig-secret")
    assert instagram.check(opened(channel)).warnings == ()
    assert opened(channel).config.app_secrets == ["ig-secret"]


@pytest.mark.parametrize(
    "values",
    [
        {"instagram_account_id": "battery.shop"},
        {"instagram_account_id": ""},
        {"page_id": "../me"},
        {"api_version": "25"},
        {"api_version": "v25.0/me?"},
    ],
)
def test_settings_that_would_change_the_path_are_refused(values):
    with pytest.raises(ValidationError):
        instagram.Config.model_validate({"access_token": "a", "instagram_account_id": ACCOUNT} | values)
