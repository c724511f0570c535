"""Bringing what was said before: nobody is alarmed by it, and what was missed is answered."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

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
from apps.channels.models import Channel, InboundEvent, Outcome
from apps.core.models import State
from apps.tenants.models import Tenant
from tests.appeals.histories import NOW, bring, hook, say, texts
from tests.channels.test_avito_send import make_account
from tests.peers.avito import AvitoPeer
from tests.work import close_windows, drain

pytestmark = pytest.mark.django_db


@pytest.fixture
def avito(settings: Any, tmp_path: Path) -> Iterator[AvitoPeer]:
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.0/8"]
    settings.MEDIA_ROOT = tmp_path
    with AvitoPeer() as peer:
        yield peer


@pytest.fixture
def channel(shop: Tenant, avito: AvitoPeer) -> Channel:
    return make_account(avito, tenant=shop)


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
