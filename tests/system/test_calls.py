"""Calls through a whole running system while its workers are killed: each analysed once, each told of."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from tests.live import Live, wait_until
from tests.peers.anthropic import AnthropicPeer
from tests.peers.openai import OpenAIPeer
from tests.peers.receiver import Receiver
from tests.peers.server import Peer, Reply
from tests.sounds import sound
from tests.system import processes
from tests.system.call_shops import (
    ANALYSED,
    SECRET,
    UNSETTLED,
    CallShop,
    answering,
    names,
    open_call_shop,
    send_calls,
)
from tests.system.conftest import WORKERS
from tests.system.ledger import Ledger, opened

CALLS, KILLS = 200, (0.2, 0.5, 0.8)
# A busy machine may take its time; what is asserted are counts.
PATIENCE = 300
KINDS = ("call.checklist.completed", "call.table.completed")

# How many there are of each call.
_OF_EACH = {
    "parts": "SELECT count(*) FROM callanalysis_callpart WHERE tenant_id = %(tenant)s GROUP BY call_id",
    "words": "SELECT count(*) FROM callanalysis_transcript WHERE tenant_id = %(tenant)s GROUP BY call_id",
    "scorecards": "SELECT count(*) FROM callanalysis_scorecard WHERE tenant_id = %(tenant)s GROUP BY call_id",
    "rows": "SELECT count(*) FROM callanalysis_tablerow WHERE tenant_id = %(tenant)s GROUP BY call_id",
    "marks": "SELECT count(*) FROM callanalysis_mark WHERE tenant_id = %(tenant)s GROUP BY scorecard_id",
    "cells": "SELECT count(*) FROM callanalysis_cell WHERE tenant_id = %(tenant)s GROUP BY row_id",
}
_TOLD = "SELECT message_id FROM integrations_webhookdelivery WHERE tenant_id = %(tenant)s AND state = 'done'"


def test_200_calls_while_workers_are_killed_are_each_analysed_once_and_told_of_by_one_id(
    live: Live, tmp_path: Path
) -> None:
    recording = sound("wav", 2.0)
    with (
        Peer() as crm,
        OpenAIPeer() as openai,
        AnthropicPeer() as anthropic,
        Receiver(SECRET) as receiver,
        opened_shop(live, tmp_path, openai, anthropic, receiver) as (shop, ledger),
    ):
        crm.route("GET /rec/{name}", lambda request: Reply(body=recording))
        answering(openai, anthropic)
        send_calls(live.url, shop, recordings=crm.url, count=CALLS)
        for share in KILLS:
            when(partial(is_analysed, ledger, share), f"{share:.0%} are analysed")
            kill_a_worker(live.process.pid)
        when(
            lambda: is_analysed(ledger, 1) and not ledger.value(UNSETTLED),
            "all calls are analysed, all webhooks delivered",
        )
        asked, heard, ids = len(anthropic.bodies), len(openai.heard), told(receiver)

        in_books = {of: ledger.column(statement) for of, statement in _OF_EACH.items()}
        delivered = Counter(ledger.column(_TOLD))

    assert in_books == dict.fromkeys(_OF_EACH, [1] * CALLS)
    # What was in the hands of those that died may have been asked again, and nothing else.
    assert CALLS <= heard <= CALLS + WORKERS * len(KILLS)
    assert 2 * CALLS <= asked <= 2 * CALLS + WORKERS * len(KILLS)
    assert set(ids) == {(kind, call) for kind in KINDS for call in names(CALLS)}
    assert all(len(found) == 1 for found in ids.values()), "one thing was told under several ids"
    assert delivered == Counter(name for found in ids.values() for name in found)


@contextmanager
def opened_shop(
    live: Live, folder: Path, openai: OpenAIPeer, anthropic: AnthropicPeer, receiver: Receiver
) -> Iterator[tuple[CallShop, Ledger]]:
    shop = open_call_shop(
        live.manage,
        folder=folder,
        slug="calls",
        openai=openai.url,
        anthropic=anthropic.url,
        hook=receiver.hook,
        calls=CALLS,
    )
    with opened(Path(live.environment["DATA_DIR"]), shop.slug) as ledger:
        yield shop, ledger


def when(holds: Callable[[], object], what: str) -> None:
    wait_until(holds, seconds=PATIENCE, what=what)


def kill_a_worker(pid: int) -> None:
    when(lambda: processes.workers(pid, WORKERS), "there are workers")
    processes.kill(processes.workers(pid, WORKERS)[0])


def is_analysed(ledger: Ledger, share: float) -> bool:
    return int(ledger.value(ANALYSED)) >= share * CALLS


def told(receiver: Receiver) -> dict[tuple[str, str], set[str]]:
    """What was told of which call under which ids: the receiver has verified every signature."""
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for body in receiver.told:
        found[body["type"], body["call_id"]].add(body["id"])
    return found
