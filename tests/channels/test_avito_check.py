"""Connecting an Avito account: whose it is, where its messages go, and who may knock there."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from apps.appeals.models import Message
from apps.channels import resolving
from apps.channels.connectors import avito
from apps.channels.models import Channel, InboundEvent, Outcome
from apps.channels.registering import webhook_url
from apps.core.errors import AuthFailed, ConfigInvalid, Rejected
from apps.integrations.checking import check_connection, install_and_check
from apps.integrations.models import Connection, Health
from tests.channels.test_avito_parse import hook
from tests.channels.test_avito_send import make_account, opened
from tests.peers.avito import ACCOUNT, AvitoPeer
from tests.peers.server import Reply
from tests.work import drain

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _loopback(settings: Any) -> None:
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.0/8"]
    settings.PUBLIC_URL = "https://crm.example.com"


@pytest.fixture
def peer() -> Iterator[AvitoPeer]:
    with AvitoPeer() as peer:
        yield peer


def warnings(channel: Channel) -> str:
    return " ".join(str(warning) for warning in avito.check(opened(channel)).warnings)


def post(path: str, body: bytes = b"{}") -> int:
    return Client().post(path, body, content_type="application/json").status_code


def test_a_check_names_the_account(peer: AvitoPeer) -> None:
    assert avito.check(opened(make_account(peer))).name == f"Мастерская ({ACCOUNT})"


def test_keys_that_avito_does_not_know_are_said_to_be_wrong(peer: AvitoPeer) -> None:
    with pytest.raises(AuthFailed):
        avito.check(opened(make_account(peer, client_secret="another-secret-of-nobody")))


def test_another_accounts_number_is_the_settings_fault(peer: AvitoPeer) -> None:
    with pytest.raises(ConfigInvalid) as caught:
        avito.check(opened(make_account(peer, user_id="17")))
    assert caught.value.field == "user_id"
    assert str(ACCOUNT) in str(caught.value.public)


@pytest.mark.parametrize("status", [402, 403])
def test_an_unpaid_messenger_is_told_as_what_it_is(peer: AvitoPeer, status: int) -> None:
    for _ in range(2):
        peer.fail("subscriptions", status)
    connection = check_connection(connection=make_account(peer).connection)
    assert (connection.health, connection.error_code) == (Health.MISCONFIGURED, "tariff")


@pytest.mark.parametrize("reply", [Reply(status=404, body="unknown"), Reply(status=400, json={})])
def test_a_server_that_does_not_list_subscriptions_passes_with_a_warning(
    peer: AvitoPeer, reply: Reply
) -> None:
    peer.next("subscriptions", reply)
    assert warnings(make_account(peer))


def test_messages_that_go_nowhere_are_warned_about_with_the_address(peer: AvitoPeer) -> None:
    channel = make_account(peer)
    peer.subscribed.append("https://elsewhere.example.com/hook")
    assert webhook_url(channel) in warnings(channel)


def test_installing_subscribes_the_channels_address_beside_others(peer: AvitoPeer) -> None:
    channel = make_account(peer)
    peer.subscribed.append("https://elsewhere.example.com/hook")
    connection = install_and_check(connection=channel.connection, within=5.0)
    (told,) = peer.subscribed[1:]
    assert told.startswith(f"{webhook_url(channel)}?secret=")
    assert (connection.health, connection.warnings) == (Health.OK, [])


def test_the_shared_address_is_no_reason_for_a_warning(peer: AvitoPeer) -> None:
    peer.subscribed.append("https://crm.example.com/webhook/avito/incoming")
    assert warnings(make_account(peer)) == ""


def test_avito_itself_is_not_told_an_address_it_cannot_reach(
    peer: AvitoPeer, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.PUBLIC_URL = "http://127.0.0.1:8000"
    monkeypatch.setattr("apps.channels.connectors.avito.direct.checking.VENDOR_URL", peer.url)
    assert avito.install(opened(make_account(peer))) is False
    assert peer.subscribed == []


def test_an_address_that_avito_does_not_take_is_no_success(peer: AvitoPeer) -> None:
    peer.next("webhook", Reply(json={"ok": False}))
    with pytest.raises(Rejected):
        avito.install(opened(make_account(peer)))


def test_a_secret_is_part_of_the_installed_address_and_of_no_page(peer: AvitoPeer) -> None:
    secret = "knock knock & who/is?it"
    channel = make_account(peer, webhook_secret=secret)
    avito.install(opened(channel))
    (url,) = peer.subscribed
    assert url.startswith(f"{webhook_url(channel)}?secret=knock%20knock")
    assert warnings(channel) == ""
    facts = avito.card_facts(Connection.objects.get(pk=channel.connection_id))
    assert [fact.value for fact in facts] == [webhook_url(channel)]

    path = url.removeprefix("https://crm.example.com")
    assert post(path, hook("text")) == 200
    assert post("/webhook/avito/incoming?" + path.partition("?")[2], hook("voice")) == 200
    for wrong in (f"/webhook/avito/{channel.public_id}?secret=a", "/webhook/avito/incoming?secret=a"):
        assert post(wrong, hook("text")) == 403
    assert post(f"/webhook/avito/{channel.public_id}", hook("image")) == 200
    assert list(InboundEvent.objects.values_list("channel", flat=True)) == [channel.pk] * 3


def test_avitos_probe_is_answered_and_not_stored(peer: AvitoPeer) -> None:
    channel = make_account(peer)
    assert post(f"/webhook/avito/{channel.public_id}") == 200
    assert InboundEvent.objects.count() == 0


def test_an_address_that_nobody_has_takes_no_message(peer: AvitoPeer) -> None:
    make_account(peer)
    post("/webhook/avito/not-the-channels-own", hook("text"))
    assert not InboundEvent.objects.exclude(channel=None).exists()


def test_on_the_shared_address_the_secret_proves_and_the_payload_tells_the_account(peer: AvitoPeer) -> None:
    ours = make_account(peer, webhook_secret="one-for-both")
    make_account(peer, user_id="17", webhook_secret="one-for-both")
    assert post("/webhook/avito/incoming?secret=one-for-both", hook("text")) == 200
    assert post("/webhook/avito/incoming?secret=one-for-both", hook("own")) == 200
    assert list(InboundEvent.objects.values_list("channel", flat=True)) == [ours.pk] * 2


@pytest.mark.parametrize("name", ["text", "spec", "own"])
def test_on_the_shared_address_a_known_number_alone_is_not_believed(peer: AvitoPeer, name: str) -> None:
    channel = make_account(peer)
    assert post("/webhook/avito/incoming", hook(name)) == 200
    drain()
    event = InboundEvent.objects.get()
    assert (event.channel, event.outcome, event.reason) == (channel, Outcome.UNROUTED, "unverified")
    assert Message.objects.count() == 0


def test_an_account_number_that_was_left_empty_is_learnt_when_connected(peer: AvitoPeer) -> None:
    channel = make_account(peer, user_id="", webhook_secret="one-for-both")
    make_account(peer, user_id="17", webhook_secret="one-for-both")
    install_and_check(connection=channel.connection, within=5.0)
    resolving.forget()
    assert post("/webhook/avito/incoming?secret=one-for-both", hook("text")) == 200
    assert InboundEvent.objects.get().channel == channel


@pytest.mark.parametrize("shape", ["spec", "v2"])
def test_the_older_shapes_reach_the_account_that_the_secret_is_of(peer: AvitoPeer, shape: str) -> None:
    channel = make_account(peer, webhook_secret="of-this-account")
    make_account(peer, user_id="17")
    assert post("/webhook/avito?secret=of-this-account", hook(shape)) == 200
    assert InboundEvent.objects.get().channel == channel


def test_an_unverifiable_header_is_never_a_reason_to_refuse(peer: AvitoPeer) -> None:
    channel = make_account(peer)
    answer = Client().post(
        f"/webhook/avito/{channel.public_id}",
        hook("text"),
        content_type="application/json",
        headers={"X-Avito-Messenger-Signature": "0" * 64},
    )
    assert answer.status_code == 200


@pytest.mark.parametrize("number", ["abc", "12 3", "1/../2", "9" * 21])
def test_an_account_number_that_would_change_the_path_is_refused(number: str) -> None:
    with pytest.raises(ValueError, match="user_id"):
        avito.Config(client_id="a", client_secret="b", user_id=number)


def test_settings_hold_every_name_of_the_customers_specification() -> None:
    given = json.loads('{"client_id": "a", "client_secret": "b", "access_token": "c", "refresh_token": "d"}')
    assert avito.Config(**given).client_id == "a"
