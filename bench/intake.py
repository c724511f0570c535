"""Webhook intake: signature checked, event stored, 200; and pgbench storing the same on the same server."""

from pathlib import Path

from bench import pgbench
from bench.load import Load, generator_name, load
from bench.report import Report, of_runs, say
from bench.system import System, memory_below
from tests.system.ledger import opened
from tests.system.shops import Shop, open_shop

TOPIC = "webhook intake"
CONNECTIONS = 16
WARM_UP = 6  # seconds: each web process loads its pages with its first request
WANTED_PER_SECOND, WANTED_P99 = 1500, 30


def measure(report: Report, system: System, *, folder: Path, quick: bool) -> None:
    """No worker runs meanwhile; what is stored is thrown away in the end."""
    runs, seconds = (1, 5) if quick else (3, 15)
    shop = open_shop(
        system.manage,
        folder=folder,
        slug="intake",
        window=30,
    )
    say(f"{TOPIC}: {runs} × {seconds} s at {CONNECTIONS} connections, by {generator_name()}")
    with system.web() as pid:
        load(shop, connections=CONNECTIONS, seconds=WARM_UP)
        _forget(system)
        found = [load(shop, connections=CONNECTIONS, seconds=seconds) for _ in range(runs)]
        sizes = memory_below(pid)
    _compare_with_stored(system, shop, found)
    _add(report, found, sizes)
    report.note(f"{TOPIC}: load by {generator_name()}, on the same machine")
    _beside_pgbench(report, system, shop, found, seconds)
    _forget(system)


def _add(report: Report, found: list[Load], sizes: list[float]) -> None:
    report.add(
        of_runs(
            (one.per_second for one in found),
            topic=TOPIC,
            name=f"requests/s at {CONNECTIONS} connections",
            at_least=WANTED_PER_SECOND,
        ),
        of_runs((one.p50 for one in found), topic=TOPIC, name="p50", unit="ms"),
        of_runs((one.p99 for one in found), topic=TOPIC, name="p99", unit="ms", at_most=WANTED_P99),
        of_runs((one.longest for one in found), topic=TOPIC, name="longest", unit="ms"),
        of_runs([sum(one.errors for one in found)], topic=TOPIC, name="errors", at_most=0),
        of_runs(sizes, topic=TOPIC, name="memory of a web process (PSS)", unit="MB"),
    )


def _beside_pgbench(report: Report, system: System, shop: Shop, found: list[Load], seconds: int) -> None:
    program = pgbench.program(system)
    if program is None:
        report.note("pgbench: skipped, there is no such program here")
        return
    say(f"pgbench: {len(found)} × {seconds} s, the same statement prepared, {CONNECTIONS} clients")
    rates = [
        pgbench.inserts_per_second(program, system, shop, clients=CONNECTIONS, seconds=seconds) for _ in found
    ]
    alone = of_runs(rates, topic=TOPIC, name="PostgreSQL alone (pgbench), inserts/s")
    ratio = of_runs((one.per_second for one in found), topic="", name="").value / alone.value
    report.add(alone, of_runs([ratio * 100], topic=TOPIC, name="intake / pgbench", unit="%"))


def _compare_with_stored(system: System, shop: Shop, found: list[Load]) -> None:
    """A figure counts only if everything that was acknowledged is there. The generator hangs up on its last
    requests, which may be stored too.
    """
    with opened(system.data, shop.slug) as ledger:
        stored = ledger.count("events")
    acknowledged = sum(one.requests for one in found)
    if not acknowledged <= stored <= acknowledged + CONNECTIONS * (len(found) + 1):
        raise RuntimeError(f"{acknowledged} updates were acknowledged, but {stored} are stored")


def _forget(system: System) -> None:
    with system.database() as database:
        database.execute("TRUNCATE channels_inboundevent CASCADE")
        database.execute("CHECKPOINT")
