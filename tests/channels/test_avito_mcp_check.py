"""Connecting an MCP server: whose it is, does it take the key, and where messages come from."""

import pytest
from pydantic import ValidationError

from apps.channels.connectors import avito_mcp
from apps.channels.models import InboundEvent
from apps.channels.registering import webhook_url
from apps.core.errors import AuthFailed, ConfigInvalid, Rejected
from apps.integrations.connecting import InvalidSettings
from tests.channels.avito_mcp import SECRET, body, make_channel, opened, post
from tests.peers.avito_mcp import AvitoMcpPeer
from tests.peers.server import Reply

pytestmark = pytest.mark.django_db

OWN = "https://crm.example.com"


@pytest.fixture(autouse=True)
def _loopback(settings):
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.0/8"]
    settings.PUBLIC_URL = OWN


@pytest.fixture
def peer():
    with AvitoMcpPeer() as peer:
        yield peer


@pytest.fixture
def channel(peer):
    return make_channel(base_url=peer.url)


def warnings(channel) -> list[str]:
    return [str(warning) for warning in avito_mcp.check(opened(channel)).warnings]


def test_a_check_names_the_account_and_never_asks_for_avitos_token(peer, channel):
    account = avito_mcp.check(opened(channel))
    assert account.name == "Avito 100200300"
    assert account.warnings == ()
    assert [request.path for request in peer.requests] == ["/health", "/info", "/api/chats"]


def test_without_an_id_the_account_is_named_by_what_the_server_tells(peer):
    assert avito_mcp.check(opened(make_channel(base_url=peer.url, user_id=""))).name == "Avito 100200"
    peer.info = {}
    assert avito_mcp.check(opened(make_channel(base_url=peer.url, user_id=""))).name == "127.0.0.1"


def test_a_wrong_key_is_said_to_be_wrong(peer):
    with pytest.raises(AuthFailed):
        avito_mcp.check(opened(make_channel(base_url=peer.url, api_key="another-key-1234")))


@pytest.mark.parametrize("told", ["999000111", "999...", 999000111])
def test_a_server_of_another_account_is_warned_about(peer, channel, told):
    peer.info["avito_user_id"] = told
    assert len(warnings(channel)) == 1


@pytest.mark.parametrize("told", ["100200300", 100200300, "100…", None, [], ""])
def test_the_same_account_or_none_told_is_no_reason_for_a_warning(peer, channel, told):
    peer.info["avito_user_id"] = told
    assert warnings(channel) == []


def test_a_server_that_is_not_well_is_warned_about(peer, channel):
    peer.health = {"status": "degraded"}
    assert len(warnings(channel)) == 1


def test_a_server_that_lets_little_through_is_warned_about_with_its_numbers(peer, channel):
    peer.info.update(rate_limit_requests=20, rate_limit_window=60)
    (warning,) = warnings(channel)
    assert "20" in warning
    assert "60" in warning


def test_that_avito_is_away_leaves_the_connection_and_says_so(peer, channel):
    peer.refuse("GET /api/chats", "Avito API Error 503: Service Unavailable")
    assert len(warnings(channel)) == 1
    peer.next("GET /info", Reply(status=404, body="no"))
    peer.next("GET /info", Reply(status=500, body="no"))
    with pytest.raises(ConfigInvalid):
        avito_mcp.check(opened(channel))
    assert len(warnings(channel)) == 1


@pytest.mark.parametrize(
    "reply", [Reply(status=404, body="<html>"), Reply(json={"hello": 1}), Reply(json={"status": 1})]
)
def test_an_address_without_the_server_is_the_settings_fault(peer, channel, reply):
    peer.next("GET /health", reply)
    with pytest.raises(ConfigInvalid) as caught:
        avito_mcp.check(opened(channel))
    assert caught.value.field == "base_url"


def test_installing_subscribes_the_channels_own_address(peer, channel):
    assert avito_mcp.install(opened(channel)) is True
    assert peer.subscribed == [webhook_url(channel)]
    assert webhook_url(channel).startswith(f"{OWN}/webhook/avito_mcp/")


def test_an_address_given_by_hand_is_the_one_subscribed(peer):
    url = "http://avito-mcp.example.com:8765/webhook/avito"
    avito_mcp.install(opened(make_channel(base_url=peer.url, webhook_url=url)))
    assert peer.subscribed == [url]


def test_a_refused_subscription_is_no_success(peer, channel):
    peer.refuse("POST /api/webhook/subscribe", "Avito API Error 400: bad url")
    with pytest.raises(Rejected):
        avito_mcp.install(opened(channel))


def test_the_card_shows_the_address_to_forward_to(channel):
    (fact,) = avito_mcp.card_facts(channel.connection)
    assert (fact.value, fact.copyable) == (webhook_url(channel), True)


@pytest.mark.parametrize(
    "url",
    [
        "https://avito-mcp.example.com",
        "http://avito-mcp.example.com:8765",
        "http://10.1.2.3:8765",
        "http://mcp:8765",
        "https://93.184.216.34",
    ],
)
def test_addresses_that_may_be(url):
    assert avito_mcp.Config(base_url=url, api_key="k").base_url == url


@pytest.mark.parametrize("url", ["http://93.184.216.34:8765", "http://[2606:2800:220:1::1]/", "mcp:8765", ""])
def test_addresses_that_would_show_the_key_to_everyone_or_are_none(url):
    with pytest.raises(ValidationError):
        avito_mcp.Config(base_url=url, api_key="k")


def test_the_address_has_no_default_because_there_is_no_vendor(peer):
    with pytest.raises(ValidationError):
        avito_mcp.Config.model_validate({"api_key": "k"})
    with pytest.raises(InvalidSettings) as caught:
        make_channel(base_url="")
    assert list(caught.value.errors) == ["base_url"]


def test_the_id_may_be_written_as_a_number(peer):
    assert make_channel(base_url=peer.url, user_id=100200300).account == "100200300"
    with pytest.raises(ValidationError):
        avito_mcp.Config(base_url=peer.url, api_key="k", user_id="profile")


# --- who may bring messages


def came() -> InboundEvent:
    return InboundEvent.objects.latest("pk")


def test_at_its_own_address_a_message_needs_no_secret_and_a_wrong_one_is_refused(channel):
    path = f"/webhook/avito_mcp/{channel.public_id}"
    assert post(path, body("text")).status_code == 200
    assert (came().channel, came().proof) == (channel, {})
    assert post(path, body("text"), secret="wrong").status_code == 403
    assert post(path, body("image"), secret=SECRET).status_code == 200
    assert post(path, body("image"), secret="ключ".encode().decode("latin-1")).status_code == 403


def test_avitos_probe_is_answered_well(channel):
    assert post(f"/webhook/avito_mcp/{channel.public_id}", {}).status_code == 200


@pytest.mark.parametrize("name", ["text", "text_without_raw", "raw_v3", "echo"])
def test_at_the_shared_address_the_account_in_the_message_tells_the_channel(channel, peer, name):
    make_channel(base_url=peer.url, user_id="777", webhook_secret="another-secret")
    assert post("/webhook/avito_mcp/incoming", body(name)).status_code == 200
    assert came().channel == channel


def test_at_the_shared_address_the_secret_tells_the_channel(peer):
    channel = make_channel(base_url=peer.url, user_id="")
    assert post("/webhook/avito_mcp", body("text"), secret=SECRET).status_code == 200
    assert came().channel == channel
    assert post("/webhook/avito_mcp", body("text"), secret="wrong").status_code == 403


def test_without_secret_and_account_nobody_gets_in_even_if_there_is_one_channel(peer):
    make_channel(base_url=peer.url, user_id="")
    stranger = body("text_without_raw")
    del stranger["meta"]["user_id"]
    for found in (body("text"), stranger, body("raw_spec")):
        assert post("/webhook/avito_mcp/incoming", found).status_code == 200
        assert came().channel is None
