"""Bringing what was said before: nothing twice, nobody alarmed, and what was missed is answered."""

import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.ai.models import ModelCall
from apps.appeals.models import (
    Appeal,
    AppealStatus,
    Attachment,
    Author,
    Batch,
    Conversation,
    Message,
    Transcription,
)
from apps.channels.accounting import tally
from apps.channels.backfill import order_history
from apps.channels.models import Backfill, Channel, InboundEvent, Outcome
from apps.core.errors import ConfigInvalid, Rejected, Unsupported
from apps.core.models import State
from apps.core.work.perform import run
from apps.core.work.recover import recover
from apps.integrations.models import Health
from apps.tenants.membership import add_member
from apps.tenants.models import Role, Tenant
from tests.channels.outbox import let_pass, make_webchat, worker_process
from tests.channels.test_avito_send import make_account
from tests.peers.avito import ACCOUNT, AvitoPeer
from tests.peers.server import Reply
from tests.work import close_windows, drain

pytestmark = pytest.mark.django_db

CHAT, CLIENT = "u2i-1", 501
NOW = timezone.now().replace(microsecond=0)
YEAR = timedelta(days=365)


@pytest.fixture
def avito(settings: Any, tmp_path: Path) -> Iterator[AvitoPeer]:
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.0/8"]
    settings.MEDIA_ROOT = tmp_path
    with AvitoPeer() as peer:
        yield peer


@pytest.fixture
def channel(shop: Tenant, avito: AvitoPeer) -> Channel:
    return make_account(avito, tenant=shop)


def say(
    avito: AvitoPeer, number: int, *, ago: timedelta, own: bool = False, chat: str = CHAT, **fields: Any
) -> dict[str, Any]:
    """At Avito, later than all that was said in this chat before."""
    message = {
        "id": f"m{number}",
        "author_id": ACCOUNT if own else CLIENT,
        "created": int((NOW - ago).timestamp()),
        "direction": "out" if own else "in",
        "type": "text",
        "content": {"text": f"слова {number}"},
        **fields,
    }
    avito.messages.setdefault(chat, []).insert(0, message)
    avito.chats = [one for one in avito.chats if one["id"] != chat]
    users = [{"id": ACCOUNT, "name": "Мастерская"}, {"id": CLIENT, "name": "Иван"}]
    avito.chats.insert(0, {"id": chat, "updated": message["created"], "users": users})
    return message


def hook(channel: Channel, message: dict[str, Any], *, chat: str = CHAT) -> None:
    """The same message, as Avito tells of it by itself."""
    told = {name: value for name, value in message.items() if name != "direction"}
    value = {**told, "chat_id": chat, "user_id": ACCOUNT, "chat_type": "u2i"}
    body = json.dumps({"payload": {"type": "message", "value": value}})
    path = f"/webhook/avito/{channel.public_id}"
    assert Client().post(path, body, content_type="application/json").status_code == 200
    drain()


def bring(channel: Channel, *, since: datetime = NOW - YEAR) -> Backfill:
    row = order_history(channel=channel, since=since)
    finish(row)
    row.refresh_from_db()
    return row


def finish(row: Backfill) -> None:
    """As if the pauses between the steps had passed."""
    for _step in range(60):
        let_pass(91)
        Backfill.objects.filter(pk=row.pk, state=State.QUEUED).update(due_at=timezone.now())
        run("channels.Backfill", row.pk)
        row.refresh_from_db()
        if row.is_settled:
            # One lane, so one at a time.
            for pk in row.events.order_by("pk").values_list("pk", flat=True):
                run("channels.InboundEvent", pk)
            drain()
            return
    raise AssertionError("it goes on without end")


def texts() -> list[str]:
    return list(Message.objects.values_list("text", flat=True))


# --- what becomes of it


def test_an_old_conversation_is_there_in_its_order_and_alarms_nobody(
    avito: AvitoPeer, channel: Channel
) -> None:
    say(avito, 1, ago=timedelta(days=40))
    say(avito, 2, ago=timedelta(days=39), own=True)
    say(avito, 3, ago=timedelta(days=38))
    row = bring(channel)

    assert (row.state, row.found, row.stored, row.finished_at is not None) == (State.DONE, 3, 3, True)
    assert texts() == ["слова 1", "слова 2", "слова 3"]
    conversation = Conversation.objects.get()
    assert (conversation.waiting_since, conversation.contact.name) == (None, "Иван")
    assert conversation.last_message_at == conversation.last_inbound_at == NOW - timedelta(days=38)
    assert [Batch.objects.count(), Appeal.objects.count(), ModelCall.objects.count()] == [0, 0, 0]
    authors = list(Message.objects.values_list("author", flat=True))
    assert authors == [Author.CLIENT, Author.OPERATOR, Author.CLIENT]


def test_what_nobody_has_seen_or_answered_is_handled_as_missed(avito: AvitoPeer, channel: Channel) -> None:
    say(avito, 1, ago=timedelta(days=40))
    say(avito, 2, ago=timedelta(days=39), own=True)
    say(avito, 3, ago=timedelta(hours=3))
    say(avito, 4, ago=timedelta(hours=2))
    bring(channel)

    batch, conversation = Batch.objects.get(), Conversation.objects.get()
    assert [message.text for message in batch.messages.all()] == ["слова 3", "слова 4"]
    assert conversation.waiting_since == NOW - timedelta(hours=3)
    close_windows()
    drain()
    assert [message.text for message in Appeal.objects.get().messages.all()] == ["слова 3", "слова 4"]


def test_old_words_that_come_meanwhile_are_not_taken_for_unseen_ones(
    avito: AvitoPeer, channel: Channel, desk: Client
) -> None:
    """They are stored after what the operator had before their eyes, and were said before it."""
    say(avito, 1, ago=timedelta(days=9))
    say(avito, 2, ago=timedelta(days=8), own=True)
    hook(channel, say(avito, 3, ago=timedelta(hours=1)))
    seen = Message.objects.get().pk
    bring(channel)
    data = {"text": "3500 рублей", "key": "6a5a9d0e-59a8-4d6c-9c9c-9d1f0c3b7f11", "seen": seen}
    desk.post(f"/admin/desk/{Conversation.objects.get().pk}/answer/", data)
    assert Conversation.objects.get().waiting_since is None
    close_windows()
    drain()
    assert Appeal.objects.get().messages.filter(is_history=True).count() == 0


def test_what_was_written_since_the_channel_is_here_is_missed_however_old(
    avito: AvitoPeer, channel: Channel
) -> None:
    Channel.objects.update(created_at=NOW - timedelta(days=60))
    say(avito, 1, ago=timedelta(days=40))
    bring(channel)
    assert Batch.objects.get().messages.count() == 1


def test_what_we_answered_in_avito_itself_was_not_missed(avito: AvitoPeer, channel: Channel) -> None:
    say(avito, 1, ago=timedelta(hours=3))
    say(avito, 2, ago=timedelta(hours=2), own=True)
    bring(channel)
    assert Batch.objects.count() == 0
    assert Conversation.objects.get().waiting_since is None


def test_our_answer_in_avito_that_nobody_told_us_of_ends_the_clients_waiting(
    avito: AvitoPeer, channel: Channel
) -> None:
    hook(channel, say(avito, 1, ago=timedelta(hours=3)))
    assert Conversation.objects.get().waiting_since is not None
    say(avito, 2, ago=timedelta(hours=2), own=True)
    bring(channel)
    assert Conversation.objects.get().waiting_since is None


def test_an_older_answer_of_ours_does_not_answer_what_came_after_it(
    avito: AvitoPeer, channel: Channel
) -> None:
    say(avito, 1, ago=timedelta(hours=3), own=True)
    hook(channel, say(avito, 2, ago=timedelta(hours=2)))
    bring(channel)
    assert Conversation.objects.get().waiting_since is not None


def test_a_closed_appeal_stays_closed_and_takes_what_was_said_in_its_time(
    avito: AvitoPeer, channel: Channel
) -> None:
    hook(channel, say(avito, 1, ago=timedelta(days=3)))
    close_windows()
    drain()
    closed = NOW - timedelta(days=1)
    Appeal.objects.update(
        status=AppealStatus.CLOSED, created_at=NOW - timedelta(days=3, hours=1), closed_at=closed
    )
    say(avito, 2, ago=timedelta(days=2))
    say(avito, 3, ago=timedelta(hours=20), own=True)
    bring(channel)
    close_windows()
    drain()

    appeal = Appeal.objects.get()
    assert (appeal.status, appeal.closed_at) == (AppealStatus.CLOSED, closed)
    of_appeal = {message.text: message.appeal for message in Message.objects.all()}
    assert of_appeal == {"слова 1": appeal, "слова 2": appeal, "слова 3": None}


def test_old_pictures_are_fetched_and_old_voices_are_listened_to_by_nobody(
    avito: AvitoPeer, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.appeals.listening.listener", lambda tenant: channel.connection)
    avito.voices["v-1"] = b"\x00\x00\x00\x20ftypM4A " + bytes(100)
    say(avito, 1, ago=timedelta(days=9), type="voice", content={"voice": {"voice_id": "v-1"}})
    say(avito, 2, ago=timedelta(days=8), own=True)
    bring(channel)
    assert Attachment.objects.get().state == State.DONE
    assert Transcription.objects.count() == 0


def test_what_a_client_took_back_long_ago_holds_nothing_up(avito: AvitoPeer, channel: Channel) -> None:
    say(avito, 1, ago=timedelta(days=9))
    say(avito, 2, ago=timedelta(days=8), type="deleted", content={})
    bring(channel)
    assert texts() == ["слова 1"]
    assert InboundEvent.objects.filter(outcome=Outcome.IGNORED, reason="deleted_unknown").count() == 1


# --- nothing twice


def test_what_webhooks_brought_is_a_duplicate_and_all_of_it_adds_up(
    avito: AvitoPeer, channel: Channel
) -> None:
    for number in (1, 2, 3):
        hook(channel, say(avito, number, ago=timedelta(hours=9 - number), own=number == 2))
    say(avito, 4, ago=timedelta(hours=1))
    row = bring(channel)

    assert sorted(texts()) == ["слова 1", "слова 2", "слова 3", "слова 4"]
    assert (row.found, row.stored) == (4, 4)
    outcomes = list(row.events.values_list("outcome", flat=True))
    assert (outcomes.count(Outcome.DUPLICATE), outcomes.count(Outcome.MESSAGE)) == (3, 1)
    (line,) = tally(InboundEvent.objects.all(), begin=NOW - YEAR)
    assert line.adds_up
    assert (line.received, line.ended["message"], line.ended["duplicate"]) == (7, 4, 3)


def test_a_second_run_only_counts_repetitions(avito: AvitoPeer, channel: Channel) -> None:
    for number in (1, 2):
        say(avito, number, ago=timedelta(days=9 - number))
    bring(channel)
    row = bring(channel)
    assert (row.found, row.stored, Message.objects.count()) == (2, 0, 2)
    (line,) = tally(InboundEvent.objects.all(), begin=NOW - YEAR)
    assert line.adds_up
    assert (line.received, line.ended["duplicate"]) == (4, 2)


def test_what_this_service_sent_comes_back_as_an_echo(
    avito: AvitoPeer, channel: Channel, desk: Client
) -> None:
    hook(channel, say(avito, 1, ago=timedelta(hours=1)))
    data = {"text": "3500 рублей", "key": "6a5a9d0e-59a8-4d6c-9c9c-9d1f0c3b7f11"}
    desk.post(f"/admin/desk/{Conversation.objects.get().pk}/answer/", data)
    drain()
    say(avito, 2, ago=timedelta(minutes=1), own=True, id="sent-1")
    bring(channel)
    assert Message.objects.filter(author=Author.OPERATOR).count() == 1


# --- how it goes on


def test_a_limit_in_the_middle_is_waited_out_and_counts_as_no_failure(
    avito: AvitoPeer, channel: Channel
) -> None:
    for number in range(105):
        say(avito, number, ago=timedelta(days=20) - timedelta(minutes=number))
    row = order_history(channel=channel, since=NOW - YEAR)
    run("channels.Backfill", row.pk)
    avito.fail("history", 429, **{"Retry-After": "90"})
    Backfill.objects.update(due_at=timezone.now())
    run("channels.Backfill", row.pk)

    row.refresh_from_db()
    assert (row.state, row.failures, row.error_code, row.found) == (State.QUEUED, 0, "rate_limited", 100)
    assert row.due_at > timezone.now() + timedelta(seconds=80)
    finish(row)
    row.refresh_from_db()
    assert (row.state, row.error_code, row.found, row.stored) == (State.DONE, "", 105, 105)


def test_between_its_steps_it_leaves_the_services_limit_to_others(avito: AvitoPeer, channel: Channel) -> None:
    say(avito, 1, ago=timedelta(days=9))
    row = order_history(channel=channel, since=NOW - YEAR)
    before = timezone.now()
    drain()
    row.refresh_from_db()
    assert row.state == State.QUEUED
    assert row.due_at >= before + timedelta(seconds=2)


def test_refused_keys_stop_it_and_turn_the_card_red(avito: AvitoPeer, channel: Channel) -> None:
    for _try in range(2):
        avito.fail("chats", 402)
    row = bring(channel)
    channel.connection.refresh_from_db()
    assert (row.state, row.error_code) == (State.FAILED, "tariff")
    assert channel.connection.health == Health.MISCONFIGURED


@pytest.mark.django_db(transaction=True)
def test_killed_in_the_middle_it_goes_on_where_it_was(avito: AvitoPeer, channel: Channel) -> None:
    for number in range(110):
        say(avito, number, ago=timedelta(days=20) - timedelta(minutes=number))
    row = order_history(channel=channel, since=NOW - YEAR)
    run("channels.Backfill", row.pk)
    Backfill.objects.update(due_at=timezone.now())
    asked = len(avito.requests)
    avito.next("history", Reply(hang=True))
    process = worker_process(row)
    avito.wait_for(asked + 2, timeout=60)
    process.kill()
    process.wait()

    row.refresh_from_db()
    assert (row.state, row.found, InboundEvent.objects.count()) == (State.RUNNING, 100, 100)
    Backfill.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    recover()
    finish(row)
    row.refresh_from_db()
    assert (row.state, row.found, row.stored) == (State.DONE, 110, 110)
    assert sorted(texts()) == sorted(f"слова {number}" for number in range(110))
    assert set(InboundEvent.objects.values_list("deliveries", flat=True)) == {1}


# --- who may order it, and when not


def test_a_channel_without_history_says_so(shop: Tenant) -> None:
    with pytest.raises(Unsupported):
        order_history(channel=make_webchat(tenant=shop), since=NOW - YEAR)


def test_times_that_are_none_and_a_second_order_are_refused(channel: Channel) -> None:
    with pytest.raises(ConfigInvalid):
        order_history(channel=channel, since=NOW, until=NOW - YEAR)
    with pytest.raises(ConfigInvalid):
        order_history(channel=channel, since=NOW + YEAR, until=NOW + 2 * YEAR)
    order_history(channel=channel, since=NOW - YEAR)
    with pytest.raises(Rejected):
        order_history(channel=channel, since=NOW - YEAR)
    assert Backfill.objects.count() == 1


def command(*arguments: str) -> str:
    said = io.StringIO()
    call_command("backfill_messages", *arguments, stdout=said)
    return said.getvalue()


def test_the_command_orders_it_by_key_or_public_id(avito: AvitoPeer, channel: Channel) -> None:
    say(avito, 1, ago=timedelta(days=9))
    said = command("--channel", channel.public_id, "--since", "2020-01-31", "--until", "2040-01-01T10:00")
    row = Backfill.objects.get()
    assert f"/admin/channels/backfill/{row.pk}/change/" in said
    assert row.since == datetime(2020, 1, 30, 21, tzinfo=UTC)
    finish(row)
    assert texts() == ["слова 1"]
    command("--channel", channel.key, "--since", "2020-01-31")
    assert Backfill.objects.count() == 2


def test_a_plan_counts_and_writes_nothing(avito: AvitoPeer, channel: Channel) -> None:
    hook(channel, say(avito, 1, ago=timedelta(days=3)))
    say(avito, 2, ago=timedelta(days=2), own=True)
    say(avito, 3, ago=timedelta(days=1))
    say(avito, 4, ago=timedelta(hours=1), type="system")
    rows: list[Any] = [Message, InboundEvent, Backfill, Conversation]
    before = [model.objects.count() for model in rows]
    avito.fail("history", 429, **{"Retry-After": "1"})
    said = command("--channel", channel.key, "--since", "2020-01-31", "--plan")
    assert "1 of clients and 1 of our own would be brought; 1 are here already, 1 hold nothing" in said
    assert [model.objects.count() for model in rows] == before


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--channel", "nobody", "--since", "2020-01-31"], "no channel nobody"),
        (["--channel", "site", "--since", "2020-01-31"], "не отдаёт прежнюю переписку"),
        (["--channel", "site", "--since", "31.01.2020"], "no date"),
    ],
)
def test_the_command_says_what_is_wrong(chat: Channel, arguments: list[str], words: str) -> None:
    with pytest.raises(CommandError, match=words):
        command(*arguments)


def test_a_key_of_two_organisations_asks_for_which(channel: Channel, avito: AvitoPeer) -> None:
    make_account(avito, user_id="17")
    with pytest.raises(CommandError, match="--tenant"):
        command("--channel", channel.key, "--since", "2020-01-31")
    command("--channel", channel.key, "--tenant", "shop", "--since", "2020-01-31")
    assert Backfill.objects.get().channel == channel


# --- the administrator's page


@pytest.fixture
def boss(shop: Tenant) -> Client:
    client = Client()
    member = add_member(tenant=shop, username="boss", password="pass-word-1", role=Role.ADMIN, name="Борис")
    client.force_login(member.user)
    return client


def ordered(boss: Client, channel: Channel, **times: str) -> Any:
    given = {"since_0": "2020-01-31", "since_1": "00:00", "until_0": "", "until_1": "", **times}
    return boss.post(reverse("admin:channels_backfill_add"), {"channel": channel.pk, **given})


def test_an_administrator_orders_it_on_the_channels_page_and_watches_it(
    boss: Client, avito: AvitoPeer, channel: Channel
) -> None:
    say(avito, 1, ago=timedelta(days=9))
    page = boss.get(reverse("admin:channels_channel_change", args=[channel.pk])).content.decode()
    button = reverse("admin:channels_channel_bring_history", args=[channel.pk])
    assert button in page
    form = boss.get(button, follow=True)
    assert f'value="{channel.pk}" selected' in form.content.decode()

    answer = ordered(boss, channel)
    row = Backfill.objects.get()
    assert (answer.status_code, answer.url) == (302, reverse("admin:channels_backfill_change", args=[row.pk]))
    assert row.ordered_by is not None
    assert boss.get(answer.url)["Refresh"]
    finish(row)
    done = boss.get(answer.url)
    assert "Refresh" not in done
    assert f"backfill__id__exact={row.pk}&amp;ended=message" in done.content.decode()
    shown = boss.get(reverse("admin:channels_inboundevent_changelist"), {"backfill__id__exact": row.pk})
    assert shown.status_code == 200


def test_wrong_dates_and_a_second_order_are_told_beside_their_field(boss: Client, channel: Channel) -> None:
    wrong = ordered(boss, channel, until_0="2019-01-01", until_1="00:00")
    assert list(wrong.context["adminform"].form.errors) == ["until"]
    ordered(boss, channel)
    assert list(ordered(boss, channel).context["adminform"].form.errors) == ["channel"]
    assert Backfill.objects.count() == 1


def test_channels_without_history_are_not_offered_and_say_so(boss: Client, chat: Channel) -> None:
    form = boss.get(reverse("admin:channels_backfill_add")).context["adminform"].form
    assert chat not in form.fields["channel"].queryset
    button = reverse("admin:channels_channel_bring_history", args=[chat.pk])
    answer = boss.get(button, follow=True)
    assert answer.redirect_chain[-1][0] == reverse("admin:channels_channel_change", args=[chat.pk])


def test_operators_are_kept_out(desk: Client, channel: Channel) -> None:
    assert ordered(desk, channel).status_code in (302, 403)
    assert desk.get(reverse("admin:channels_backfill_changelist")).status_code in (302, 403)
    assert Backfill.objects.count() == 0
