"""A campaign tried out on oneself."""

import pytest

from apps.appeals.campaigns.handing import key_of
from apps.appeals.campaigns.trying import try_out
from apps.appeals.campaigns.unsubscribing import unsubscribe
from apps.appeals.models import (
    Contact,
    Identity,
    Message,
    Recipient,
)
from apps.channels.models import Channel, Delivery
from apps.core.errors import Rejected
from apps.core.models import State
from tests.appeals.mailing import (
    campaign_of,
    client_of,
)
from tests.peers.exchange import Reply
from tests.peers.telegram import TelegramPeer
from tests.work import drain

pytestmark = pytest.mark.django_db


def test_a_trial_is_sent_once_and_is_no_recipients_message(bot: Channel, bot_peer: TelegramPeer) -> None:
    chat = client_of(bot, "Хозяин")
    unsubscribe(contact=chat.contact, by=None, why="")
    campaign = campaign_of(bot, "Привет, {имя}!")
    key = key_of(Recipient(campaign=campaign, contact=chat.contact))
    for _ in range(2):
        try_out(campaign=campaign, conversation=chat, key=key)
    drain()
    assert [sent["text"] for sent in bot_peer.sent] == ["Привет, Хозяин!"]
    assert Message.objects.get(author="campaign").recipient is None
    assert Contact.objects.get(pk=chat.contact_id).unsubscribed_at is not None
    Identity.objects.update(is_reachable=False)
    with pytest.raises(Rejected, match="blocked"):
        try_out(campaign=campaign, conversation=chat, key=key)


def test_a_failing_trial_changes_no_recipient(bot: Channel, bot_peer: TelegramPeer) -> None:
    chat = client_of(bot)
    campaign = campaign_of(bot)
    bot_peer.next(
        "sendMessage", Reply(status=400, json={"ok": False, "error_code": 400, "description": "no"})
    )
    try_out(
        campaign=campaign, conversation=chat, key=key_of(Recipient(campaign=campaign, contact=chat.contact))
    )
    drain()
    assert Delivery.objects.get().state == State.FAILED
    assert not Recipient.objects.exists()
