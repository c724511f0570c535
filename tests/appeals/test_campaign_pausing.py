"""A campaign stands still or ends: by a person's word, or by what happens to it."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from apps.appeals.campaigns import pausing, running
from apps.appeals.campaigns.handing import key_of
from apps.appeals.models import (
    Conversation,
    Message,
    Recipient,
    SendOutcome,
)
from apps.channels.models import Channel, Delivery
from apps.core.errors import Rejected
from apps.core.models import State
from apps.core.work import find
from apps.core.work.trouble import replay
from apps.integrations.models import Connection, Health
from tests.appeals.mailing import (
    NOON,
    begin,
    campaign_at,
    campaign_of,
    clients,
    one_round,
    reached,
    run_out,
)
from tests.peers.telegram import TelegramPeer
from tests.work import drain

pytestmark = pytest.mark.django_db


def test_a_pause_takes_back_what_has_not_left_and_resuming_sends_it_once(
    bot: Channel, bot_peer: TelegramPeer
) -> None:
    clients(bot, 6)
    campaign = campaign_of(bot)
    begin(campaign)
    with pytest.raises(running.Later):
        running.run(campaign_at(campaign))
    assert Delivery.objects.count() == 3
    keys = {key_of(recipient) for recipient in Recipient.objects.filter(outcome=SendOutcome.QUEUED)}
    assert set(Delivery.objects.values_list("key", flat=True)) == keys

    assert pausing.pause(campaign=campaign)
    assert reached(campaign) == ["waiting"] * 6
    assert not Message.objects.filter(author="campaign").exists()
    one_round(campaign)
    assert bot_peer.sent == []
    pausing.resume(campaign=campaign)
    assert run_out(campaign).status == "finished"
    assert sorted(sent["chat_id"] for sent in bot_peer.sent) == sorted(
        int(chat.external_chat_id) for chat in Conversation.objects.all()
    )


def test_a_stop_in_the_middle_is_at_once_and_for_good(bot: Channel, bot_peer: TelegramPeer) -> None:
    clients(bot, 6)
    campaign = campaign_of(bot)
    with time_machine.travel(NOON, tick=False) as clock:
        begin(campaign)
        one_round(campaign)
        clock.shift(timedelta(minutes=2))
        with pytest.raises(running.Later):
            running.run(campaign_at(campaign))  # three more are queued
    sent = len(bot_peer.sent)
    pausing.stop(campaign=campaign)
    one_round(campaign)

    assert len(bot_peer.sent) == sent == 3
    assert reached(campaign) == ["sent"] * 3 + ["skipped"] * 3
    assert set(campaign.recipients.filter(outcome="skipped").values_list("reason", flat=True)) == {"stopped"}
    assert Message.objects.filter(author="campaign").count() == 3
    with pytest.raises(Rejected):
        pausing.resume(campaign=campaign)
    with pytest.raises(Rejected):
        pausing.retry(campaign=campaign, outcomes=[SendOutcome.FAILED])


def test_one_that_a_worker_has_in_hand_is_left_to_it(bot: Channel) -> None:
    clients(bot, 1)
    campaign = campaign_of(bot)
    begin(campaign)
    with pytest.raises(running.Later):
        running.run(campaign_at(campaign))
    Delivery.objects.update(state=State.RUNNING)
    pausing.stop(campaign=campaign)
    assert reached(campaign) == ["queued"]
    assert Message.objects.filter(author="campaign").count() == 1


def test_a_service_at_its_limit_pauses_the_campaign_until_then(bot: Channel, bot_peer: TelegramPeer) -> None:
    clients(bot, 5)
    bot_peer.fail("sendMessage", 429, "Too Many Requests: retry after 90", retry_after=90)
    campaign = campaign_of(bot)
    with time_machine.travel(NOON, tick=False) as clock:
        begin(campaign)
        one_round(campaign)
        campaign = one_round(campaign)
        assert (campaign.status, campaign.pause_reason) == ("paused", "rate_limited")
        assert campaign.due_at == NOON + timedelta(seconds=90)
        assert not Delivery.objects.filter(state=State.QUEUED).exists()
        sent = len(bot_peer.sent)
        clock.shift(timedelta(seconds=60))
        drain()
        assert len(bot_peer.sent) == sent
    assert run_out(campaign, at=NOON + timedelta(seconds=91)).status == "finished"
    assert len(bot_peer.sent) == 5


def test_a_persons_pause_outlasts_the_services_limit(bot: Channel) -> None:
    clients(bot, 2)
    campaign = campaign_of(bot)
    begin(campaign)
    Connection.objects.filter(channel=bot).update(paused_until=timezone.now() + timedelta(minutes=5))
    assert one_round(campaign).pause_reason == "rate_limited"
    pausing.pause(campaign=campaign)
    with time_machine.travel(timezone.now() + timedelta(minutes=6), tick=False):
        campaign = one_round(campaign)
    assert (campaign.status, campaign.pause_reason) == ("paused", "person")


@pytest.mark.parametrize("wrong", [{"health": Health.NEEDS_RECONNECT}, {"is_active": False}])
def test_a_channel_that_stops_working_pauses_the_campaign_and_leaves_nobody_out(
    bot: Channel, bot_peer: TelegramPeer, wrong: dict[str, Any]
) -> None:
    clients(bot, 2)
    campaign = campaign_of(bot)
    begin(campaign)
    Connection.objects.filter(channel=bot).update(**wrong)
    campaign = one_round(campaign)
    assert (campaign.status, campaign.pause_reason, reached(campaign)) == (
        "paused",
        "unreached",
        ["waiting"] * 2,
    )
    Connection.objects.filter(channel=bot).update(health=Health.OK, is_active=True)
    pausing.resume(campaign=campaign)
    run_out(campaign)
    assert len(bot_peer.sent) == 2


def test_too_many_failures_pause_the_campaign_and_do_not_pause_it_again_once_it_is_resumed(
    bot: Channel, bot_peer: TelegramPeer
) -> None:
    clients(bot, 30)
    for _ in range(20):
        bot_peer.fail("sendMessage", 400, "Bad Request: message is too long")
    campaign = campaign_of(bot)
    begin(campaign)
    campaign = run_out(campaign)
    assert (campaign.status, campaign.pause_reason) == ("paused", "failures")
    assert reached(campaign).count("failed") == 20
    left = reached(campaign).count("waiting")
    assert 0 < left <= 10
    pausing.resume(campaign=campaign)
    assert run_out(campaign, at=timezone.now() + timedelta(hours=1)).status == "finished"
    assert reached(campaign).count("waiting") == 0


def test_our_own_error_pauses_the_campaign_and_a_replay_goes_on(
    bot: Channel, bot_peer: TelegramPeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    clients(bot, 1)
    campaign = campaign_of(bot)
    begin(campaign)
    with monkeypatch.context() as broken:
        broken.setattr(running, "_room", lambda campaign: 1 / 0)
        campaign = one_round(campaign)
    assert (campaign.state, campaign.status, campaign.pause_reason) == (State.FAILED, "paused", "broken")
    replay([campaign], work=find("appeals.Campaign"))
    assert run_out(campaign).status == "finished"
    assert len(bot_peer.sent) == 1
