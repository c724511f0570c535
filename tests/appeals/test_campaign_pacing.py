"""A campaign's rounds: by the pace, outside quiet hours, from its start time on."""

from datetime import UTC, datetime, time, timedelta

import pytest
import time_machine
from django.utils import timezone

from apps.appeals.campaigns import running
from apps.appeals.campaigns.handing import hand_over
from apps.appeals.models import (
    Campaign,
    Recipient,
)
from apps.channels.models import Channel, Delivery
from apps.core.models import State
from tests.appeals.mailing import (
    NOON,
    begin,
    campaign_at,
    campaign_of,
    clients,
    one_round,
    reached,
)
from tests.peers.telegram import TelegramPeer
from tests.work import drain

pytestmark = pytest.mark.django_db


def test_no_more_go_in_a_minute_than_the_pace_says(bot: Channel, bot_peer: TelegramPeer) -> None:
    clients(bot, 5)
    campaign = campaign_of(bot, pace=2)
    with time_machine.travel(NOON, tick=False) as clock:
        begin(campaign)
        for _ in range(20):
            campaign = one_round(campaign)
        assert len(bot_peer.sent) == 2
        clock.shift(timedelta(seconds=59))
        campaign = one_round(campaign)
        assert len(bot_peer.sent) == 2
        clock.shift(timedelta(seconds=2))
        for _ in range(20):
            campaign = one_round(campaign)
        assert len(bot_peer.sent) == 4


def test_only_a_few_stand_in_the_way_of_an_operator_at_a_time(bot: Channel) -> None:
    clients(bot, 10)
    campaign = campaign_of(bot)
    begin(campaign)
    for _ in range(5):
        with pytest.raises(running.Later):
            running.run(campaign_at(campaign))
    assert Delivery.objects.filter(state=State.QUEUED).count() == running.IN_FLIGHT


def test_those_that_are_tried_again_later_do_not_hold_up_the_others(
    bot: Channel, bot_peer: TelegramPeer
) -> None:
    clients(bot, 8)
    campaign = campaign_of(bot)
    begin(campaign)
    with pytest.raises(running.Later):
        running.run(campaign_at(campaign))
    Delivery.objects.filter(state=State.QUEUED).update(due_at=timezone.now() + timedelta(hours=1))
    for _ in range(3):
        campaign = one_round(campaign)
    assert len(bot_peer.sent) == 5
    assert sorted(reached(campaign)) == ["queued"] * 3 + ["sent"] * 5
    assert (campaign.status, campaign.error_code) == ("sending", "last_ones")


def test_quiet_hours_by_the_organisations_clock(bot: Channel, bot_peer: TelegramPeer) -> None:
    clients(bot, 1)
    campaign = campaign_of(bot, quiet_from=time(21), quiet_until=time(9))
    with time_machine.travel(datetime(2026, 12, 1, 18, tzinfo=UTC), tick=False):  # 21:00 in Moscow
        begin(campaign)
        campaign = one_round(campaign)
    assert (campaign.state, campaign.error_code, bot_peer.sent) == (State.QUEUED, "quiet_hours", [])
    assert campaign.due_at == datetime(2026, 12, 2, 6, tzinfo=UTC)
    with time_machine.travel(campaign.due_at, tick=False):
        drain()
    assert len(bot_peer.sent) == 1


@pytest.mark.parametrize(
    ("quiet", "clock", "until"),
    [
        ((21, 9), (20, 59), None),
        ((21, 9), (0, 30), (1, 9)),
        ((21, 9), (9, 0), None),
        ((13, 14), (13, 30), (1, 14)),
        ((13, 14), (14, 0), None),
        ((0, 0), (0, 0), None),
    ],
)
def test_when_the_quiet_hours_end(
    bot: Channel, quiet: tuple[int, int], clock: tuple[int, int], until: tuple[int, int] | None
) -> None:
    campaign = campaign_of(bot, quiet_from=time(quiet[0]), quiet_until=time(quiet[1]))
    now = datetime(2026, 12, 1, clock[0], clock[1], tzinfo=UTC) - timedelta(hours=3)
    wanted = until and datetime(2026, 12, until[0], until[1], tzinfo=UTC) - timedelta(hours=3)
    assert running.quiet_until(campaign, now) == wanted


def test_a_campaign_with_a_start_time_waits_for_it(bot: Channel, bot_peer: TelegramPeer) -> None:
    clients(bot, 1)
    campaign = campaign_of(bot, start_at=NOON + timedelta(hours=2))
    with time_machine.travel(NOON, tick=False) as clock:
        begin(campaign)
        drain()
        assert bot_peer.sent == []
        clock.shift(timedelta(hours=2))
        drain()
        assert len(bot_peer.sent) == 1


def test_a_worker_that_lost_the_campaign_hands_nothing_more_over(bot: Channel) -> None:
    clients(bot, 1)
    campaign = campaign_of(bot)
    begin(campaign)
    old = campaign_at(campaign)
    Campaign.objects.filter(pk=campaign.pk).update(attempts=old.attempts + 1)
    assert hand_over(campaign=old, recipient_id=Recipient.objects.get().pk).is_over
    assert not Delivery.objects.exists()
