"""Where messages come from is looked after: subscriptions that a service dropped, addresses that are gone."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone, translation

from apps.channels.connectors import max as max_bots
from apps.channels.connectors import telegram, vk
from apps.channels.registering import webhook_url
from apps.core.alarms import raised
from apps.integrations import upkeep
from apps.integrations.models import Connection, Upkeep
from apps.integrations.opening import open_connection
from tests.channels import bots, vk_groups
from tests.channels import max_bots as max_world
from tests.channels.outbox import let_pass
from tests.peers.max import MaxPeer
from tests.peers.server import Reply
from tests.peers.telegram import TelegramPeer
from tests.peers.vk import VkPeer

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
ELSEWHERE = "https://elsewhere.example.com/hook"


@pytest.fixture(autouse=True)
def _loopback(settings):
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.0/8"]
    settings.PUBLIC_URL = "https://crm.example.com"


def round_(at: datetime) -> Upkeep:
    with time_machine.travel(at, tick=False):
        upkeep.enrol()
        for pk in upkeep.due_for_upkeep().values_list("pk", flat=True):
            upkeep.tend(pk=pk)
    return Upkeep.objects.get()


def alarms() -> list[str]:
    with translation.override("en"):
        return [str(alarm.text) for alarm in raised(None)]


def opened(channel):
    return open_connection(Connection.objects.get(pk=channel.connection_id))


# MAX


@pytest.fixture
def max_peer() -> Iterator[MaxPeer]:
    with MaxPeer() as peer:
        yield peer


@pytest.fixture
def max_bot(max_peer):
    channel = max_world.make_bot(base_url=max_peer.url)
    max_bots.install(opened(channel))
    return channel


def test_max_is_asked_every_half_hour(max_peer, max_bot):
    for minutes in (0, 10, 20, 30, 40, 60):
        round_(NOON + timedelta(minutes=minutes))
    assert len(max_peer.to("GET /subscriptions")) == 3
    assert len(max_peer.to("POST /subscriptions")) == 1  # when it was installed
    assert alarms() == []


def test_a_bot_that_max_unsubscribed_is_subscribed_again_and_people_hear_what_may_be_lost(max_peer, max_bot):
    round_(NOON)
    max_peer.subscriptions.clear()
    round_(NOON + timedelta(minutes=30))
    assert [one["url"] for one in max_peer.subscriptions] == [webhook_url(max_bot)]
    (text,) = alarms()
    assert "may be lost" in text
    assert "11/24/2026 noon, again since 11/24/2026 12:30 p.m." in text
    assert Connection.objects.get().warnings == []


def test_one_that_max_dropped_among_others_is_added_to_them(max_peer, max_bot):
    round_(NOON)
    max_peer.subscriptions = [{"url": ELSEWHERE, "time": 1, "update_types": []}]
    round_(NOON + timedelta(minutes=30))
    assert [one["url"] for one in max_peer.subscriptions] == [ELSEWHERE, webhook_url(max_bot)]


def test_a_subscription_that_leaves_something_out_is_widened_without_alarm(max_peer, max_bot):
    round_(NOON)
    max_peer.subscriptions[0]["update_types"] = ["message_created"]
    round_(NOON + timedelta(minutes=30))
    assert len(max_peer.subscriptions[0]["update_types"]) > 1
    assert alarms() == []


def test_max_being_away_is_asked_again_sooner(max_peer, max_bot):
    round_(NOON)
    max_peer.next("get_subscriptions", Reply(status=503, json={"code": "x", "message": "y"}))
    row = round_(NOON + timedelta(minutes=30))
    assert row.due_at == NOON + timedelta(minutes=35)


@pytest.mark.parametrize("public", ["http://crm.example.com", "https://crm.example.com:8443"])
def test_max_is_not_asked_about_an_address_that_it_cannot_call(settings, public):
    settings.PUBLIC_URL = public
    assert max_bots.upkeep(opened(max_world.make_bot())).mended == ""  # the real address: nobody is asked


# Telegram


@pytest.fixture
def telegram_peer() -> Iterator[TelegramPeer]:
    with TelegramPeer() as peer:
        yield peer


@pytest.fixture
def telegram_bot(telegram_peer):
    channel = bots.make_bot(base_url=telegram_peer.url)
    telegram.install(opened(channel))
    return channel


def test_an_address_that_somebody_removed_is_set_again(telegram_peer, telegram_bot):
    round_(NOON)
    telegram_peer.webhook = {"url": "", "pending_update_count": 3}
    round_(NOON + timedelta(hours=1))
    assert telegram_peer.webhook["url"] == webhook_url(telegram_bot)
    assert telegram_peer.webhook["secret_token"] == bots.SECRET
    assert "set again" in alarms()[0]


def test_another_programs_address_is_left_and_warned_about(telegram_peer, telegram_bot):
    telegram_peer.webhook["url"] = ELSEWHERE
    round_(NOON)
    assert telegram_peer.webhook["url"] == ELSEWHERE
    assert webhook_url(telegram_bot) in alarms()[0]
    telegram_peer.webhook["url"] = webhook_url(telegram_bot)
    round_(NOON + timedelta(hours=1))
    assert alarms() == []


@pytest.mark.parametrize(("ago", "warned"), [(timedelta(minutes=20), True), (timedelta(hours=5), False)])
def test_a_late_failure_to_reach_us_is_told_and_an_old_one_is_history(
    telegram_peer, telegram_bot, ago, warned
):
    failed_at = round((timezone.now() - ago).timestamp())
    telegram_peer.webhook |= {"last_error_date": failed_at, "last_error_message": "Connection timed out"}
    assert bool(telegram.upkeep(opened(telegram_bot)).warnings) is warned


# VK


@pytest.fixture
def vk_peer() -> Iterator[VkPeer]:
    with VkPeer() as peer:
        yield peer


def server(channel, status: str = "ok") -> dict[str, object]:
    return {"id": 1, "title": "CRM", "creator_id": 5, "url": webhook_url(channel), "status": status}


def test_with_callback_alone_a_server_that_is_not_there_or_not_confirmed_is_warned_about(vk_peer):
    group = vk_groups.make_group(base_url=vk_peer.url, receive="callback")
    vk_peer.servers = [server(group) | {"url": ELSEWHERE}]
    (missing,) = vk.upkeep(opened(group)).warnings
    assert webhook_url(group) in str(missing)
    vk_peer.servers.append(server(group, status="failed"))
    (failed,) = vk.upkeep(opened(group)).warnings
    assert webhook_url(group) not in str(failed)
    vk_peer.servers[1]["status"] = "ok"
    let_pass(2)  # twenty requests a second
    assert vk.upkeep(opened(group)).warnings == ()


def test_a_confirmation_code_that_vk_changed_is_learnt(vk_peer):
    group = vk_groups.make_group(base_url=vk_peer.url, receive="callback")
    vk_peer.servers, vk_peer.code = [server(group)], "an0ther"
    vk.upkeep(opened(group))
    assert Connection.objects.get().config["confirmation_code"] == "an0ther"


@pytest.mark.parametrize("receive", ["long_poll", "both"])
def test_where_long_poll_brings_everything_no_server_is_needed(vk_peer, receive):
    group = vk_groups.make_group(base_url=vk_peer.url, receive=receive)
    assert vk.upkeep(opened(group)).warnings == ()
    assert not [one for one in vk_peer.requests if one.path.endswith("getCallbackServers")]
