"""A campaign's message is sent once more, by a person's choice and once."""

import pytest

from apps.appeals.campaigns import pausing, running
from apps.appeals.models import (
    Message,
    Recipient,
    SendOutcome,
)
from apps.channels.models import Channel, Delivery
from apps.core.errors import OutcomeUnknown
from apps.core.models import State
from tests.appeals.mailing import (
    begin,
    campaign_at,
    campaign_of,
    clients,
    one_round,
    reached,
    run_out,
)
from tests.peers.telegram import TelegramPeer

pytestmark = pytest.mark.django_db


def test_failed_ones_are_sent_again_by_choice_and_once(bot: Channel, bot_peer: TelegramPeer) -> None:
    clients(bot, 3)
    bot_peer.fail("sendMessage", 400, "Bad Request: message is too long")
    campaign = campaign_of(bot)
    begin(campaign)
    run_out(campaign)
    assert reached(campaign).count("failed") == 1
    assert pausing.retry(campaign=campaign, outcomes=[SendOutcome.UNKNOWN]) == 0
    assert pausing.retry(campaign=campaign, outcomes=[SendOutcome.FAILED]) == 1
    assert pausing.retry(campaign=campaign, outcomes=[SendOutcome.FAILED]) == 0
    assert run_out(campaign).status == "finished"
    assert reached(campaign) == ["sent"] * 3
    assert len({sent["chat_id"] for sent in bot_peer.sent}) == len(bot_peer.sent) == 3
    assert Message.objects.filter(author="campaign").count() == 3


def test_an_unclear_one_sent_again_and_withdrawn_stays_unclear(bot: Channel) -> None:
    clients(bot, 1)
    campaign = campaign_of(bot)
    begin(campaign)
    with pytest.raises(running.Later):
        running.run(campaign_at(campaign))
    delivery = Delivery.objects.get()
    delivery.tries.create(number=1, outcome=OutcomeUnknown.code)
    Delivery.objects.update(state=State.UNKNOWN, error_code=OutcomeUnknown.code, attempts=1)
    Recipient.objects.update(outcome=SendOutcome.UNKNOWN)
    pausing.retry(campaign=campaign, outcomes=[SendOutcome.UNKNOWN])
    with pytest.raises(running.Later):
        running.run(campaign_at(campaign))
    assert Delivery.objects.get().state == State.QUEUED
    pausing.pause(campaign=campaign)
    assert Delivery.objects.get().state == State.UNKNOWN
    assert reached(campaign) == ["unknown"]


def test_a_retry_in_the_moment_of_the_end_is_not_forgotten(bot: Channel) -> None:
    clients(bot, 1)
    campaign = campaign_of(bot)
    begin(campaign)
    one_round(campaign)
    finish = running.run(campaign_at(campaign))
    assert finish is not None
    Recipient.objects.update(outcome=SendOutcome.FAILED)
    pausing.retry(campaign=campaign, outcomes=[SendOutcome.FAILED])
    with pytest.raises(running.Later):
        finish()
    assert campaign_at(campaign).status == "sending"
