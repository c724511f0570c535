"""Calls: how fast they are taken, how many a minute are analysed, what a large recording takes of memory."""

import time
from collections.abc import Mapping
from pathlib import Path

from bench.call_peers import LARGE, call_peers
from bench.report import Report, Row, say
from bench.system import System, peak, reset_peak, until
from tests.system import processes
from tests.system.call_shops import ANALYSED, UNSETTLED, CallShop, open_call_shop, send_calls
from tests.system.ledger import Ledger, opened, percentile

TOPIC = "calls"
AT_ONCE = 8
WARM_UP = 16
WANTED_MEMORY = 150  # MB


def measure(report: Report, system: System, *, folder: Path, quick: bool, workers: int) -> None:
    calls = 60 if quick else 600
    say(f"{TOPIC}: {calls} of 2 s, by AIs that take no time, {workers} workers")
    with call_peers() as peers, system.web():
        shop = open_shop(system, folder, peers, slug="calls", calls=calls)
        with opened(system.data, shop.slug) as ledger:
            _take(report, system, shop, peers, calls)
            with system.worker():
                _analyse(report, ledger, calls, workers)
        large = open_shop(system, folder, peers, slug="large-call", calls=1)
        with opened(system.data, large.slug) as ledger, system.worker() as pid:
            until(lambda: len(processes.workers(pid, workers)) == workers, what="there are workers")
            _weigh(report, system, large, peers, ledger, processes.workers(pid, workers))


def open_shop(system: System, folder: Path, peers: Mapping[str, str], *, slug: str, calls: int) -> CallShop:
    return open_call_shop(
        system.manage,
        folder=folder,
        slug=slug,
        openai=peers["openai"],
        anthropic=peers["anthropic"],
        hook=peers["hook"],
        calls=calls + WARM_UP,
    )


def _take(report: Report, system: System, shop: CallShop, peers: Mapping[str, str], calls: int) -> None:
    """Each with a look at its recording; no worker runs meanwhile."""
    # The web processes load their pages with the first request.
    send_calls(system.url, shop, recordings=peers["recordings"], count=WARM_UP, at_once=AT_ONCE)
    began = time.monotonic()
    times = send_calls(
        system.url, shop, recordings=peers["recordings"], count=calls, at_once=AT_ONCE, first=WARM_UP + 1
    )
    took = time.monotonic() - began
    report.add(
        Row(topic=TOPIC, name=f"taken/s at {AT_ONCE} connections", value=calls / took),
        Row(topic=TOPIC, name="p95 of an answer", value=percentile(sorted(times), 0.95) * 1000, unit="ms"),
    )


def _analyse(report: Report, ledger: Ledger, calls: int, workers: int) -> None:
    """Fetched, heard, judged by a checklist and a table, told of twice; from the first to the last."""
    began = until(lambda: ledger.value(ANALYSED) > 0, what="the first call is analysed")
    ended = until(
        lambda: ledger.value(ANALYSED) == calls + WARM_UP and not ledger.value(UNSETTLED),
        what="all calls are analysed",
        seconds=1800,
        every=0.2,
    )
    report.add(
        Row(topic=TOPIC, name=f"analysed a minute ({workers} workers)", value=calls / (ended - began) * 60)
    )


def _weigh(
    report: Report,
    system: System,
    shop: CallShop,
    peers: Mapping[str, str],
    ledger: Ledger,
    workers: list[int],
) -> None:
    for pid in workers:
        reset_peak(pid)
    idle = max(map(peak, workers))
    send_calls(system.url, shop, recordings=f"{peers['recordings']}/large", count=1)
    until(lambda: ledger.value(ANALYSED) == 1, what="the large call is analysed", seconds=600, every=0.2)
    most, size = max(map(peak, workers)), round(LARGE / 1024**2)
    report.add(
        Row(topic=TOPIC, name="a worker at rest, RSS", value=idle, unit="MB"),
        Row(topic=TOPIC, name=f"what a recording of {size} MB adds to it", value=most - idle, unit="MB"),
        Row(topic=TOPIC, name="at most, RSS", value=most, unit="MB", at_most=WANTED_MEMORY),
    )
