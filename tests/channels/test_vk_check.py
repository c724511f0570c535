"""Connecting a community: whose it is, how its events come, and who may call the webhook."""

import json
from typing import Any

import pytest
from django.test import Client
from pydantic import ValidationError

from apps.channels.connectors import vk
from apps.channels.models import InboundEvent
from apps.channels.registering import webhook_url
from apps.core.errors import AuthFailed, ConfigInvalid
from apps.integrations.checking import install_and_check
from apps.integrations.models import Connection, Health
from apps.integrations.opening import open_connection
from tests.channels.vk_groups import SECRET, event, make_group
from tests.peers.server import Reply
from tests.peers.vk import VkPeer

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _loopback(settings):
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.0/8"]
    settings.PUBLIC_URL = "https://crm.example.com"


@pytest.fixture
def peer():
    with VkPeer() as peer:
        yield peer


def opened(channel) -> Any:
    return open_connection(Connection.objects.get(pk=channel.connection_id))


def post(path: str, body: bytes | str) -> Any:
    return Client(raise_request_exception=False).post(path, body, content_type="application/json")


def test_a_check_names_the_community(peer):
    account = vk.check(opened(make_group(base_url=peer.url)))
    assert (account.name, account.warnings) == ("Мастерская (vk.com/battery_shop)", ())


def test_an_old_versions_answer_is_understood(peer):
    peer.next("groups.getById", Reply(json={"response": [{"id": 123456789, "name": "Мастерская"}]}))
    assert vk.check(opened(make_group(base_url=peer.url))).name == "Мастерская"


def test_a_wrong_key_is_said_to_be_wrong(peer):
    with pytest.raises(AuthFailed):
        vk.check(opened(make_group(base_url=peer.url, token="vk1.a.wrong")))


@pytest.mark.parametrize(
    "reply", [Reply(json={"response": [{"id": 5}]}), Reply(json={"error": {"error_code": 203}})]
)
def test_a_key_of_another_community_is_the_settings_fault(peer, reply):
    peer.next("groups.getById", reply)
    with pytest.raises(ConfigInvalid) as caught:
        vk.check(opened(make_group(base_url=peer.url)))
    assert caught.value.field == "group_id"


def test_long_poll_that_is_switched_off_is_warned_about(peer):
    peer.fail("groups.getLongPollServer", 100, "longpoll for this group is not enabled")
    (warning,) = vk.check(opened(make_group(base_url=peer.url))).warnings
    assert "Long Poll" in str(warning)


def test_with_callback_alone_long_poll_is_not_asked_for_and_the_code_is_missed(peer):
    (warning,) = vk.check(opened(make_group(base_url=peer.url, receive="callback"))).warnings
    assert warning
    assert len(peer.requests) == 1


def test_installing_switches_long_poll_on_and_learns_the_code(peer):
    channel = make_group(base_url=peer.url)
    checked = install_and_check(connection=channel.connection, within=9.0)

    assert (peer.long_poll["enabled"], peer.long_poll["api_version"]) == ("1", "5.199")
    assert peer.long_poll["message_new"] == peer.long_poll["message_reply"] == "1"
    assert checked.health == Health.OK
    assert Connection.objects.get().config["confirmation_code"] == "c0nf1rm"


def test_the_code_is_asked_for_in_vain_only_where_nothing_else_would_come(peer):
    peer.fail("groups.getCallbackConfirmationCode", 15)
    vk.install(opened(make_group(base_url=peer.url)))
    peer.fail("groups.getCallbackConfirmationCode", 15)
    with pytest.raises(ConfigInvalid):
        vk.install(opened(make_group(base_url=peer.url, receive="callback")))


def test_the_card_shows_the_address_unless_nobody_calls_it():
    channel = make_group()
    assert [fact.value for fact in vk.card_facts(channel.connection)] == [webhook_url(channel)]
    quiet = make_group(receive="long_poll")
    assert vk.card_facts(quiet.connection) == []


@pytest.mark.parametrize("given", ["-123456789", "club123456789", "public123456789", " 123456789 "])
def test_a_communitys_id_is_understood_as_people_paste_it(given):
    assert vk.Config(group_id=given, access_token="t").group_id == "123456789"


@pytest.mark.parametrize(
    "wrong",
    [
        {"group_id": "shop"},
        {"group_id": "0"},
        {"secret_key": "a" * 51},
        {"secret_key": "ключ"},
        {"api_version": "latest"},
        {"receive": "fax"},
    ],
)
def test_settings_that_vk_would_refuse_are_refused_first(wrong):
    with pytest.raises(ValidationError):
        vk.Config(**{"group_id": "1", "access_token": "t", **wrong})


# --- the Callback API


@pytest.mark.parametrize("path", ["/webhook/vk/incoming", "own"])
def test_the_confirmation_is_answered_with_the_code_alone(path):
    channel = make_group(confirmation_code="c0nf1rm")
    address = f"/webhook/vk/{channel.public_id}" if path == "own" else path
    answer = post(address, event("confirmation"))

    assert (answer.status_code, answer.content) == (200, b"c0nf1rm")
    assert answer["Content-Type"].startswith("text/plain")
    assert not InboundEvent.objects.exists()


@pytest.mark.parametrize("fields", [{"group_id": 5}, {"secret": "wrong"}])
def test_the_code_is_not_told_to_others(fields):
    channel = make_group(confirmation_code="c0nf1rm")
    body = json.dumps({"type": "confirmation", "group_id": 123456789, **fields})
    answer = post(f"/webhook/vk/{channel.public_id}", body)
    assert answer.status_code == 403


@pytest.mark.parametrize("path", ["/webhook/vk/incoming", "own"])
def test_an_event_is_stored_and_answered_with_ok(path):
    channel = make_group()
    address = f"/webhook/vk/{channel.public_id}" if path == "own" else path
    answer = post(address, event("text"))

    assert (answer.status_code, answer.content) == (200, b"ok")
    stored = InboundEvent.objects.get()
    assert (stored.channel, bytes(stored.body), dict(stored.proof)) == (channel, event("text"), {})


@pytest.mark.parametrize("fields", [{"secret": "wrong"}, {"secret": ""}, {"secret": None}, {"group_id": 5}])
def test_an_event_that_does_not_prove_to_be_vks_is_refused(fields):
    channel = make_group()
    body = json.dumps({**json.loads(event("text")), **fields})
    assert post(f"/webhook/vk/{channel.public_id}", body).status_code == 403
    assert not InboundEvent.objects.exists()


def test_a_community_without_a_secret_believes_nobody():
    channel = make_group()
    channel.connection.secrets = {"access_token": "t"}
    channel.connection.save()
    body = json.dumps({**json.loads(event("text")), "secret": ""})
    assert post(f"/webhook/vk/{channel.public_id}", body).status_code == 403


def test_the_secret_is_made_where_none_was_given():
    channel = make_group(secret_key="")
    made = opened(channel).config.secret_key.get_secret_value()
    assert made != SECRET
    assert 20 < len(made) <= 50
