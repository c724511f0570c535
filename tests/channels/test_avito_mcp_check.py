"""Connecting an MCP server: whose it is, does it take the key, and where messages come from."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone, translation
from pydantic import ValidationError

from apps.appeals.models import Message
from apps.channels import resolving
from apps.channels.connectors import avito
from apps.channels.models import InboundEvent, Outcome
from apps.channels.registering import webhook_url
from apps.core.errors import AuthFailed, ConfigInvalid, Rejected
from apps.integrations.cards import facts_of
from apps.integrations.checking import check_connection
from apps.integrations.connecting import InvalidSettings, disconnect, errors_in, reconfigure
from apps.integrations.models import Connection
from tests.channels.avito_servers import SECRET, body, make_channel, opened, post
from tests.peers.avito import AvitoPeer
from tests.peers.avito_mcp import AvitoMcpPeer
from tests.peers.server import Reply
from tests.work import drain

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
    return [str(warning) for warning in avito.check(opened(channel)).warnings]


def test_a_check_names_the_account_and_never_asks_for_avitos_token(peer, channel):
    account = avito.check(opened(channel))
    assert account.name == "Avito 100200300"
    assert account.warnings == ()
    assert [request.path for request in peer.requests] == ["/health", "/info", "/api/chats"]


def test_without_an_id_the_account_is_named_by_what_the_server_tells(peer):
    assert avito.check(opened(make_channel(base_url=peer.url, user_id=""))).name == "Avito 100200"
    peer.info = {}
    assert avito.check(opened(make_channel(base_url=peer.url, user_id=""))).name == "127.0.0.1"


def test_a_wrong_key_is_said_to_be_wrong(peer):
    with pytest.raises(AuthFailed):
        avito.check(opened(make_channel(base_url=peer.url, api_key="another-key-1234")))


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
        avito.check(opened(channel))
    assert len(warnings(channel)) == 1


@pytest.mark.parametrize(
    "reply", [Reply(status=404, body="<html>"), Reply(json={"hello": 1}), Reply(json={"status": 1})]
)
def test_an_address_without_the_server_is_the_settings_fault(peer, channel, reply):
    peer.next("GET /health", reply)
    with pytest.raises(ConfigInvalid) as caught:
        avito.check(opened(channel))
    assert caught.value.field == "base_url"


def test_installing_subscribes_the_channels_own_address(peer, channel):
    assert avito.install(opened(channel)) is True
    assert peer.subscribed == [webhook_url(channel)]
    assert webhook_url(channel).startswith(f"{OWN}/webhook/avito/")


def test_an_address_given_by_hand_is_the_one_subscribed(peer):
    url = "http://avito-mcp.example.com:8765/webhook/avito"
    avito.install(opened(make_channel(base_url=peer.url, webhook_url=url)))
    assert peer.subscribed == [url]


def test_a_refused_subscription_is_no_success(peer, channel):
    peer.refuse("POST /api/webhook/subscribe", "Avito API Error 400: bad url")
    with pytest.raises(Rejected):
        avito.install(opened(channel))


def test_the_card_shows_the_address_to_forward_to(channel):
    (fact,) = avito.card_facts(channel.connection)
    assert (fact.value, fact.copyable) == (webhook_url(channel), True)


def facts(channel) -> dict[str, str]:
    with translation.override("en"):
        connection = Connection.objects.get(pk=channel.connection_id)
        return {str(fact.label): fact.value for fact in facts_of(connection)}


def test_the_card_shows_the_servers_health_and_what_it_tells_of_itself(peer, channel):
    peer.info.update(rate_limit_requests=50, rate_limit_window=30)
    check_connection(connection=channel.connection)
    shown = facts(channel)
    assert shown.pop("Webhook address") == webhook_url(channel)
    assert shown == {
        "The MCP server's own word of its health": "healthy",
        "Requests a minute that the MCP server lets through": "100",
        "Connections that the MCP server takes at once": "20",
    }
    peer.health, peer.info = {"status": "degraded"}, {}
    check_connection(connection=channel.connection)
    assert list(facts(channel).values()) == [webhook_url(channel), "degraded"]
    disconnect(connection=channel.connection)
    assert facts(channel) == {}


def test_the_card_shows_when_the_server_was_last_told_to_send_messages_here(peer, channel):
    told = "The MCP server was last told to send messages here"
    peer.refuse("POST /api/webhook/subscribe", "Avito API Error 400: bad url")
    with pytest.raises(Rejected):
        avito.install(opened(channel))
    assert told not in facts(channel)
    noon = timezone.now().replace(hour=9, minute=0) + timedelta(days=1)
    with time_machine.travel(noon, tick=False):
        avito.install(opened(channel))
    assert facts(channel)[told] == f"{noon:%m/%d/%Y} noon"


def test_what_the_card_shows_of_it_costs_two_statements(peer, channel, django_assert_num_queries):
    check_connection(connection=channel.connection)
    avito.install(opened(channel))
    connection = Connection.objects.select_related("tenant").get(pk=channel.connection_id)
    with django_assert_num_queries(2):
        assert len(facts_of(connection)) == 5


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
    assert avito.Config(transport="mcp", base_url=url, api_key="k").base_url == url


@pytest.mark.parametrize("url", ["http://93.184.216.34:8765", "http://[2606:2800:220:1::1]/", "mcp:8765", ""])
def test_addresses_that_would_show_the_key_to_everyone_or_are_none(url):
    with pytest.raises(ValidationError):
        avito.Config(transport="mcp", base_url=url, api_key="k")


def test_the_address_has_no_default_because_there_is_no_vendor(peer):
    with pytest.raises(ValidationError):
        avito.Config.model_validate({"transport": "mcp", "api_key": "k"})
    with pytest.raises(InvalidSettings) as caught:
        make_channel(base_url="")
    assert list(caught.value.errors) == ["base_url"]


def test_the_id_may_be_written_as_a_number(peer):
    assert make_channel(base_url=peer.url, user_id=100200300).account == "100200300"
    with pytest.raises(ValidationError):
        avito.Config(transport="mcp", base_url=peer.url, api_key="k", user_id="profile")


# --- who may bring messages


def came() -> InboundEvent:
    return InboundEvent.objects.latest("pk")


def test_at_its_own_address_a_message_needs_no_secret_and_a_wrong_one_is_refused(channel):
    path = f"/webhook/avito/{channel.public_id}"
    assert post(path, body("text")).status_code == 200
    assert (came().channel, came().proof) == (channel, {})
    assert post(path, body("text"), secret="wrong").status_code == 403
    assert post(path, body("image"), secret=SECRET).status_code == 200
    assert post(path, body("image"), secret="ключ".encode().decode("latin-1")).status_code == 403


def test_avitos_probe_is_answered_well(channel):
    assert post(f"/webhook/avito/{channel.public_id}", {}).status_code == 200


SHARED = ("/webhook/avito", "/webhook/avito/incoming")
FORMS = ("text", "text_without_raw", "raw_v3", "raw_spec", "echo")


@pytest.mark.parametrize("path", SHARED)
@pytest.mark.parametrize("name", FORMS)
def test_at_a_shared_address_the_secret_proves_and_tells_the_channel(peer, path, name):
    make_channel(base_url=peer.url, user_id="777", webhook_secret="another-secret")
    channel = make_channel(base_url=peer.url, user_id="")
    assert post(path, body(name), secret=SECRET).status_code == 200
    assert (came().channel, came().proof) == (channel, {})
    assert post(f"{path}?secret={SECRET}", body(name)).status_code == 200
    assert came().deliveries == 2
    assert post(path, body(name), secret="wrong").status_code == 403


@pytest.mark.parametrize("name", ["text", "raw_v3", "echo"])
def test_of_channels_with_one_secret_the_account_tells_which(peer, name):
    make_channel(base_url=peer.url, user_id="777")
    channel = make_channel(base_url=peer.url)
    assert post("/webhook/avito", body(name), secret=SECRET).status_code == 200
    assert came().channel == channel


@pytest.mark.parametrize("path", SHARED)
@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("several", [False, True])
def test_at_a_shared_address_an_account_number_alone_proves_nothing(peer, channel, path, name, several):
    if several:
        make_channel(base_url=peer.url, user_id="777", webhook_secret="another-secret")
    assert post(path, body(name)).status_code == 200
    event = came()
    assert event.proof
    drain()
    event.refresh_from_db()
    assert event.outcome == Outcome.UNROUTED
    assert event.reason == ("unknown_account" if several and name == "raw_spec" else "unverified")
    assert Message.objects.count() == 0


def test_what_proves_nothing_is_shown_to_the_organisation_it_would_be_of(channel):
    post("/webhook/avito", body("text"))
    assert (came().channel, came().tenant) == (channel, channel.tenant)


def test_an_address_that_is_no_channels_own_proves_nothing_later_either(channel):
    assert post("/webhook/avito/an-address-made-up", body("text")).status_code == 200
    event = came()
    drain()
    event.refresh_from_db()
    assert (event.outcome, Message.objects.count()) == (Outcome.UNROUTED, 0)


def test_what_comes_to_the_own_address_of_a_disconnected_channel_is_kept_for_it(channel):
    disconnect(connection=channel.connection)
    resolving.forget()
    assert post(f"/webhook/avito/{channel.public_id}", body("text")).status_code == 200
    drain()
    assert (came().channel, came().outcome, came().reason) == (channel, Outcome.UNROUTED, "channel_off")


def test_another_channels_address_opens_nothing_here(peer, channel):
    other = make_channel(base_url=peer.url, user_id="777", webhook_secret="another-secret")
    assert post(f"/webhook/avito/{other.public_id}", body("text")).status_code == 200
    assert came().channel == other


# --- the settings of each way


@pytest.mark.parametrize(
    ("values", "fields"),
    [
        ({}, {"client_id", "client_secret"}),
        ({"transport": "direct", "client_id": "a"}, {"client_secret"}),
        ({"transport": "mcp"}, {"api_key", "base_url"}),
        ({"transport": "mcp", "api_key": "k", "base_url": "http://93.184.216.34"}, {"base_url"}),
        ({"transport": "pigeon", "client_id": "a", "client_secret": "b"}, {"transport"}),
    ],
)
def test_what_a_transport_needs_is_asked_for_beside_its_field(values, fields):
    assert errors_in(connector="avito", connection=None, values=values).keys() == fields


def test_changing_the_transport_forgets_the_keys_of_the_other(peer, channel):
    with AvitoPeer() as avito_itself:
        values = {"transport": "direct", "client_id": "a", "client_secret": "b", "base_url": avito_itself.url}
        changed = reconfigure(connection=channel.connection, values=values)
    assert set(changed.secrets) == {"client_secret", "webhook_secret"}
    assert "webhook_url" not in changed.config
