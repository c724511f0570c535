"""What becomes of a campaign's message with each recipient."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.appeals.campaigns.unsubscribing import unsubscribe
from apps.appeals.models import (
    Appeal,
    Conversation,
    Identity,
    Message,
    Recipient,
)
from apps.channels.contract import Reached
from apps.channels.models import Channel, Delivery
from apps.channels.reached import advance
from tests.appeals.mailing import (
    begin,
    campaign_of,
    client_of,
    clients,
    outcomes,
    reached,
    run_out,
)
from tests.peers.telegram import TelegramPeer

pytestmark = pytest.mark.django_db


def test_each_outcome_follows_the_messengers_word(bot: Channel) -> None:
    clients(bot, 1)
    campaign = campaign_of(bot)
    begin(campaign)
    assert run_out(campaign).status == "finished"
    assert reached(campaign) == ["sent"]
    delivery = Delivery.objects.get()
    told: dict[str, Any] = {
        "channel": bot,
        "external_message_id": delivery.external_message_id,
        "at": timezone.now(),
    }
    advance(reached=Reached.DELIVERED, **told)
    assert reached(campaign) == ["delivered"]
    advance(reached=Reached.READ, **told)
    assert reached(campaign) == ["read"]


def test_a_client_who_blocked_us_fails_with_the_reason_and_nobody_is_made_to_wait(
    bot: Channel, bot_peer: TelegramPeer
) -> None:
    (chat,) = clients(bot, 1)
    bot_peer.fail("sendMessage", 403, "Forbidden: bot was blocked by the user")
    campaign = campaign_of(bot)
    begin(campaign)
    run_out(campaign)
    assert outcomes(campaign) == {"К0": "failed/recipient_gone"}
    chat.refresh_from_db()
    assert chat.waiting_since is None
    assert Identity.objects.get(pk=chat.identity_id).is_reachable is False


def test_a_message_that_is_not_delivered_makes_nobody_wait(bot: Channel, bot_peer: TelegramPeer) -> None:
    (chat,) = clients(bot, 1)
    bot_peer.fail("sendMessage", 400, "Bad Request: chat not found")
    campaign = campaign_of(bot)
    begin(campaign)
    run_out(campaign)
    assert reached(campaign) == ["failed"]
    chat.refresh_from_db()
    assert chat.waiting_since is None


def test_a_campaign_is_no_answer_and_no_appeal(bot: Channel) -> None:
    chat = client_of(bot)
    waiting = timezone.now()
    Conversation.objects.filter(pk=chat.pk).update(waiting_since=waiting)
    appeal = Appeal.objects.create(tenant=bot.tenant, contact=chat.contact, conversation=chat, channel=bot)
    before = Conversation.objects.get(pk=chat.pk)
    campaign = campaign_of(bot, skip_talking=False)
    begin(campaign)
    run_out(campaign)
    appeal.refresh_from_db()
    after = Conversation.objects.get(pk=chat.pk)

    message = Message.objects.get(author="campaign")
    assert (message.text, message.campaign, message.appeal) == ("Мы переехали", campaign, None)
    assert (appeal.status, appeal.first_answer_at, appeal.operator) == ("new", None, None)
    assert (after.waiting_since, after.last_message_at) == (waiting, before.last_message_at)
    assert after.revision > before.revision
    assert Appeal.objects.count() == 1


def test_whoever_unsubscribes_or_is_talked_to_after_the_start_is_left_out(
    bot: Channel, bot_peer: TelegramPeer
) -> None:
    gone, talking, _stays = clients(bot, 3)
    campaign = campaign_of(bot)
    begin(campaign)
    unsubscribe(contact=gone.contact, by=None, why="стоп")
    Conversation.objects.filter(pk=talking.pk).update(waiting_since=timezone.now())
    run_out(campaign)
    assert outcomes(campaign) == {"К0": "skipped/unsubscribed", "К1": "skipped/talking", "К2": "sent"}
    assert len(bot_peer.sent) == 1


def test_nobody_can_be_in_a_campaign_twice(bot: Channel) -> None:
    chat = client_of(bot)
    campaign = campaign_of(bot)
    begin(campaign)
    with pytest.raises(IntegrityError), transaction.atomic():
        Recipient.objects.create(tenant=bot.tenant, campaign=campaign, contact=chat.contact)
