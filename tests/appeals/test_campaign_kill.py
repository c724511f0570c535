"""Real workers send a campaign and are killed again and again: everybody gets it once."""

import os
import signal
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from apps.appeals.models import Campaign, Message, Recipient, SendOutcome
from apps.channels.models import Channel, Delivery
from apps.tenants.models import Tenant
from tests.appeals.mailing import begin, campaign_of, client_of
from tests.channels.bots import make_bot
from tests.core.workprocesses import Running, descendants, workapp
from tests.live import wait_until
from tests.peers.telegram import TelegramPeer

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]

__all__ = ["workapp"]  # its tables are looked at by the workers

CLIENTS, KILLS = 40, 5


@pytest.fixture
def peer() -> Iterator[TelegramPeer]:
    with TelegramPeer() as peer:
        yield peer


@pytest.fixture
def worker(workapp: None, peer: TelegramPeer, tmp_path: Path) -> Iterator[Running]:
    running = Running("worker", tmp_path, OUTBOUND_PRIVATE_NETWORKS="127.0.0.0/8", WORKERS="2")
    yield running
    running.kill_all()


def settled() -> int:
    return Recipient.objects.exclude(outcome__in=(SendOutcome.WAITING, SendOutcome.QUEUED)).count()


def chats(peer: TelegramPeer) -> Counter[int]:
    return Counter(sent["chat_id"] for sent in list(peer.sent))


def hurry(campaign: Campaign) -> None:
    """Its rounds are due at once, and the last minute is forgotten, so that a test does not last minutes."""
    Recipient.objects.filter(handed_at__isnull=False).update(handed_at=campaign.created_at)
    Campaign.objects.filter(pk=campaign.pk, state="queued").update(due_at=campaign.created_at)


def wait_for(truth: Any, *, campaign: Campaign, running: Running) -> None:
    def hurried() -> bool:
        hurry(campaign)
        return bool(truth())

    try:
        wait_until(hurried, seconds=90, what="it")
    except AssertionError:
        rows = list(Recipient.objects.values_list("pk", "outcome", "reason"))
        raise AssertionError(f"{rows}\n{running.log.read_text()[-6000:]}") from None


def test_workers_killed_at_any_moment_send_it_to_everybody_once(
    tenant_a: Tenant, peer: TelegramPeer, worker: Running
) -> None:
    bot: Channel = make_bot(tenant=tenant_a, base_url=peer.url)
    for number in range(CLIENTS):
        client_of(bot, f"К{number}")
    campaign = campaign_of(bot)
    begin(campaign)
    for kill in range(1, KILLS + 1):
        least = kill * CLIENTS // (KILLS + 2)
        wait_for(lambda least=least: settled() >= least, campaign=campaign, running=worker)
        for victim in worker.forks():
            if victim in descendants(worker.pid):
                os.kill(victim, signal.SIGKILL)
                break
        threading.Event().wait(0.05 * kill)  # another moment of the round each time
        for victim in worker.forks()[1:3]:
            try:
                os.kill(victim, signal.SIGKILL)
            except ProcessLookupError:
                continue
    wait_for(
        lambda: Campaign.objects.get(pk=campaign.pk).status == "finished", campaign=campaign, running=worker
    )

    outcomes = Counter(Recipient.objects.values_list("outcome", flat=True))
    assert outcomes[SendOutcome.SENT] + outcomes[SendOutcome.UNKNOWN] == CLIENTS
    # A worker has one message in hand: only those may be unclear, and none of them was sent a second time.
    assert outcomes[SendOutcome.UNKNOWN] <= 2 * KILLS
    assert set(chats(peer).values()) == {1}
    assert len(chats(peer)) >= outcomes[SendOutcome.SENT]
    assert Message.objects.filter(author="campaign").count() == Delivery.objects.count() == CLIENTS
