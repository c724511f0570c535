"""What keeps channels alive on a running system: tokens that end, and a subscription that was dropped."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import requests

from tests.channels.meta_accounts import SECRET, fresh, signed
from tests.live import Live, wait_until
from tests.peers import instagram
from tests.peers.avito import CLIENT_ID, CLIENT_SECRET, AvitoPeer
from tests.peers.instagram import InstagramPeer
from tests.peers.max import TOKEN as MAX_TOKEN
from tests.peers.max import MaxPeer
from tests.peers.meta import TOKEN as META_TOKEN
from tests.system.conftest import WORKERS
from tests.system.ledger import Ledger, opened

PATIENCE = 120
CHATS = 12

_QUEUE = """
from apps.channels.delivery import queue_delivery
from apps.channels.models import Channel
channel = Channel.objects.get(tenant__slug={slug!r})
for chat in {chats!r}:
    queue_delivery(channel=channel, external_chat_id=chat, external_user_id=chat, text="Готово")
"""
_RUNNING = "SELECT count(*) FROM channels_delivery WHERE tenant_id = %(tenant)s AND state = 'running'"
_STATES = "SELECT state FROM channels_delivery WHERE tenant_id = %(tenant)s ORDER BY id"
_HEALTH = "SELECT health FROM integrations_connection WHERE tenant_id = %(tenant)s"
_TOKEN_ENDS = """
    UPDATE integrations_accesstoken SET expires_at = now() + %(left)s
    FROM integrations_connection c WHERE c.id = connection_id AND c.tenant_id = %(tenant)s RETURNING 1
"""
_DUE = """
    UPDATE integrations_upkeep SET due_at = now()
    FROM integrations_connection c WHERE c.id = connection_id AND c.tenant_id = %(tenant)s RETURNING 1
"""
_ROUND = "UPDATE django_q_schedule SET next_run = now() WHERE name LIKE '%%integrations.tend_due' RETURNING 1"
_TENDED = """
    SELECT done_at IS NOT NULL FROM integrations_upkeep
    JOIN integrations_connection c ON c.id = connection_id WHERE c.tenant_id = %(tenant)s
"""
_MENDED = """
    SELECT mended ->> 'en' FROM integrations_upkeep
    JOIN integrations_connection c ON c.id = connection_id WHERE c.tenant_id = %(tenant)s
"""


@contextmanager
def organisation(
    live: Live, folder: Path, slug: str, connector: str, **config: str
) -> Iterator[tuple[Ledger, str]]:
    """With one channel, provisioned and checked as its owner would do it. Its books, and its webhook."""
    document = {
        "tenant": {"slug": slug, "name": f"Мастерская {slug}"},
        "connections": [{"key": "one", "connector": connector, "config": config}],
        "channels": [{"key": "one", "connection": "one"}],
    }
    file = folder / f"{slug}.yaml"
    # JSON is YAML too.
    file.write_text(json.dumps(document, ensure_ascii=False))
    told = json.loads(live.manage("provision", str(file), "--json"))
    (hook,) = (row["url"] for row in told["webhooks"])
    with opened(Path(live.environment["DATA_DIR"]), slug) as ledger:
        assert ledger.column(_HEALTH) == ["ok"]
        yield ledger, hook


def queue(live: Live, slug: str, *chats: str) -> None:
    live.manage("shell", "-v", "0", "-c", _QUEUE.format(slug=slug, chats=chats))


def go_round(ledger: Ledger) -> None:
    """The next round of upkeep comes now, and this organisation's connection is due in it.

    Before the first it has no row that could be due.
    """
    ledger.column(_DUE)
    assert ledger.column(_ROUND) == [1]


def first_round(ledger: Ledger) -> None:
    go_round(ledger)
    wait_until(lambda: ledger.value(_TENDED), seconds=PATIENCE, what="it is tended for the first time")


@pytest.fixture
def avito() -> Iterator[AvitoPeer]:
    with AvitoPeer() as peer:
        yield peer


def test_of_two_workers_that_need_a_new_token_of_avito_one_asks_for_it(
    live: Live, avito: AvitoPeer, tmp_path: Path
) -> None:
    keys = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "base_url": avito.url}
    with organisation(live, tmp_path, "expired", "avito", **keys) as (ledger, hook):
        assert [url.partition("?")[0] for url in avito.subscribed] == [hook]
        assert len(avito.tokens) == 1
        avito.revoked.update(avito.tokens)
        assert ledger.column(_TOKEN_ENDS, left=timedelta(hours=-1)) == [1]
        avito.giving.clear()
        queue(live, "expired", *(f"u2i-{number}" for number in range(CHATS)))
        wait_until(lambda: ledger.value(_RUNNING) == WORKERS, seconds=PATIENCE, what="both workers need it")
        avito.giving.set()
        wait_until(
            lambda: ledger.column(_STATES) == ["done"] * CHATS, seconds=PATIENCE, what="all of them are sent"
        )

    assert sorted(one["chat"] for one in avito.sent) == sorted(f"u2i-{number}" for number in range(CHATS))
    assert [one.form["grant_type"] for one in avito.to("POST /token")] == [["client_credentials"]] * 2
    assert len(avito.tokens) == 2


def test_instagrams_token_is_exchanged_by_the_round_and_the_next_answer_goes_with_the_new_one(
    live: Live, tmp_path: Path
) -> None:
    with InstagramPeer(by_instagram=True) as peer:
        account = {
            "access_token": META_TOKEN,
            "app_secret": SECRET,
            "instagram_account_id": instagram.ACCOUNT,
            "login_type": "instagram",
            "base_url": peer.url,
        }
        with organisation(live, tmp_path, "sixty", "instagram", **account) as (ledger, hook):
            first_round(ledger)
            assert peer.renewed == 0
            # A day has passed: half of its sixty are left at the most.
            assert ledger.column(_TOKEN_ENDS, left=timedelta(days=29)) == [1]
            go_round(ledger)
            wait_until(lambda: peer.renewed, seconds=PATIENCE, what="Instagram is asked for the next token")

            written = fresh("instagram", "text")
            deliver(hook, written)
            wait_until(lambda: ledger.count("read") == 1, seconds=PATIENCE, what="the client's message")
            queue(live, "sixty", instagram.CLIENT)
            wait_until(
                lambda: ledger.column(_STATES) == ["done"], seconds=PATIENCE, what="the answer is sent"
            )

        assert [one["message"] for one in peer.sent] == [{"text": "Готово"}]
        assert peer.renewed == 1
        sent = peer.to("POST /v25.0/me/messages")
        assert {one.headers["Authorization"] for one in sent} == {"Bearer IGAA-renewed-1"}


def deliver(hook: str, body: bytes) -> None:
    headers = {"Content-Type": "application/json", "X-Hub-Signature-256": signed(body)}
    assert requests.post(hook, data=body, headers=headers, timeout=30).status_code == 200


def test_a_bot_that_max_unsubscribed_is_subscribed_again_by_the_round(live: Live, tmp_path: Path) -> None:
    with MaxPeer() as peer:
        bot = {"bot_token": MAX_TOKEN, "webhook_secret": "a-secret_of-a-bot", "base_url": peer.url}
        with organisation(live, tmp_path, "dropped", "max", **bot) as (ledger, hook):
            first_round(ledger)
            (before,) = peer.subscriptions
            assert before["url"] == hook
            peer.subscriptions.clear()

            go_round(ledger)
            wait_until(lambda: peer.subscriptions, seconds=PATIENCE, what="it is subscribed again")
            wait_until(lambda: ledger.value(_MENDED), seconds=PATIENCE, what="people are told of it")

        assert peer.subscriptions == [before]
        assert peer.secrets == {hook: "a-secret_of-a-bot"}
