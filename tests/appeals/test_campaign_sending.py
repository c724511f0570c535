"""A campaign on its way: paced, paused, stopped, and each recipient's outcome."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.appeals.campaigns import pausing, running
from apps.appeals.campaigns.handing import hand_over, key_of
from apps.appeals.campaigns.trying import try_out
from apps.appeals.campaigns.unsubscribing import unsubscribe
from apps.appeals.models import (
    Appeal,
    Campaign,
    Contact,
    Conversation,
    Identity,
    Message,
    Recipient,
    SendOutcome,
)
from apps.channels.contract import Reached
from apps.channels.models import Channel, Delivery
from apps.channels.reached import advance
from apps.core.errors import OutcomeUnknown, Rejected
from apps.core.models import State
from apps.core.work import find
from apps.core.work.trouble import replay
from apps.integrations.models import Connection, Health
from tests.appeals.mailing import begin, campaign_of, client_of, one_round, outcomes, run_out
from tests.peers.exchange import Reply
from tests.peers.telegram import TelegramPeer
from tests.work import drain

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 12, 1, 9, tzinfo=UTC)  # 12:00 in Moscow


def clients(bot: Channel, count: int) -> list[Conversation]:
    return [client_of(bot, f"К{number}") for number in range(count)]


def reached(campaign: Campaign) -> list[str]:
    return list(campaign.recipients.order_by("pk").values_list("outcome", flat=True))


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


def campaign_at(campaign: Campaign) -> Campaign:
    return Campaign.objects.select_related("tenant").get(pk=campaign.pk)


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
    begin(campaign)
    one_round(campaign)
    with time_machine.travel(timezone.now() + timedelta(minutes=2), tick=False), pytest.raises(running.Later):
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


def test_a_worker_that_lost_the_campaign_hands_nothing_more_over(bot: Channel) -> None:
    clients(bot, 1)
    campaign = campaign_of(bot)
    begin(campaign)
    old = campaign_at(campaign)
    Campaign.objects.filter(pk=campaign.pk).update(attempts=old.attempts + 1)
    assert hand_over(campaign=old, recipient_id=Recipient.objects.get().pk).is_over
    assert not Delivery.objects.exists()


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


def test_nobody_can_be_in_a_campaign_twice(bot: Channel) -> None:
    chat = client_of(bot)
    campaign = campaign_of(bot)
    begin(campaign)
    with pytest.raises(IntegrityError), transaction.atomic():
        Recipient.objects.create(tenant=bot.tenant, campaign=campaign, contact=chat.contact)


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
