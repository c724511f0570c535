"""Real workers send planned answers, clients write, workers are killed: each goes once or not at all."""

import json
import os
import signal
import threading
import uuid
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from apps.appeals.composed import Composed
from apps.appeals.models import Author, Conversation, Message, PlannedAnswer, PlannedFate
from apps.appeals.planned.keeping import schedule
from apps.channels.models import Channel, Delivery, InboundEvent
from apps.core.models import UNSETTLED
from apps.tenants.models import Tenant
from tests.appeals.mailing import client_of
from tests.channels.bots import make_bot, post, update
from tests.core.workprocesses import Running, descendants, workapp
from tests.live import wait_until
from tests.peers.telegram import TelegramPeer

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]

__all__ = ["workapp"]  # its tables are looked at by the workers

CHATS, KILLS = 30, 4


@pytest.fixture
def peer() -> Iterator[TelegramPeer]:
    with TelegramPeer() as peer:
        yield peer


@pytest.fixture
def worker(workapp: None, peer: TelegramPeer, tmp_path: Path) -> Iterator[Running]:
    running = Running("worker", tmp_path, OUTBOUND_PRIVATE_NETWORKS="127.0.0.0/8", WORKERS="2")
    yield running
    running.kill_all()


def the_client_writes(bot: Channel, chat: Conversation, number: int) -> None:
    body = json.loads(update("text"))
    who = {"id": int(chat.external_chat_id), "is_bot": False, "first_name": "Иван"}
    body["update_id"] += number
    body["message"] |= {
        "message_id": 5000 + number,
        "from": who,
        "chat": {"id": who["id"], "type": "private"},
    }
    assert post(f"/webhook/telegram/{bot.public_id}", json.dumps(body)).status_code == 200


def kill_one(worker: Running) -> None:
    for victim in worker.forks():
        if victim in descendants(worker.pid):
            os.kill(victim, signal.SIGKILL)
            return


def all_is_settled() -> bool:
    return not any(
        model._default_manager.filter(state__in=UNSETTLED).exists()
        for model in (PlannedAnswer, Delivery, InboundEvent)
    )


def test_each_is_sent_once_or_cancelled_by_the_clients_word_and_never_both(
    tenant_a: Tenant, peer: TelegramPeer, worker: Running
) -> None:
    bot = make_bot(tenant=tenant_a, base_url=peer.url)
    chats = [client_of(bot, f"К{number}") for number in range(CHATS)]
    for chat in chats:
        composed = Composed(key=uuid.uuid4(), text="Напоминаю")
        schedule(conversation=chat, member=None, composed=composed, at=timezone.now() + timedelta(hours=1))
    begin = timezone.now() + timedelta(seconds=1)
    for number, chat in enumerate(chats):
        due_at = begin + timedelta(milliseconds=100 * number)
        PlannedAnswer.objects.filter(conversation=chat).update(due_at=due_at)
    for number, chat in enumerate(chats):
        threading.Event().wait(0.1)
        if number % 2:
            the_client_writes(bot, chat, number)
        if number and number % (CHATS // KILLS) == 0:
            kill_one(worker)
    try:
        wait_until(all_is_settled, seconds=120, what="the end of all work")
    except AssertionError:
        raise AssertionError(worker.log.read_text()[-6000:]) from None

    sent = Counter(str(one["chat_id"]) for one in list(peer.sent))
    fates = dict(PlannedAnswer.objects.values_list("conversation__external_chat_id", "fate"))
    assert set(fates.values()) <= {PlannedFate.SENT, PlannedFate.CLIENT_WROTE}
    assert set(sent.values()) == {1}
    assert {chat for chat, fate in fates.items() if fate == PlannedFate.CLIENT_WROTE}.isdisjoint(sent)
    went = [chat for chat, fate in fates.items() if fate == PlannedFate.SENT]
    answered = Message.objects.filter(author=Author.OPERATOR)
    assert sorted(answered.values_list("conversation__external_chat_id", flat=True)) == sorted(went)
    # Killed in the middle of a send, a worker leaves an unclear one: it is not sent again by itself.
    unclear = set(Delivery.objects.filter(state="unknown").values_list("external_chat_id", flat=True))
    assert set(went) - set(sent) <= unclear
    assert len(unclear) <= 2 * KILLS
