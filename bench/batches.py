"""How soon after its window's end a batch has its appeal, while a thousand clients write."""

from pathlib import Path

from bench.report import Report, Row, say
from bench.system import System, until
from tests.system.ledger import opened, percentile
from tests.system.shops import open_shop
from tests.system.vendor import Vendor, interleaved

TOPIC = "batches"
EACH = 3
WINDOW = 4
PER_SECOND = 34  # a minute and a half of it
IN_TIME = 1.0  # second


def measure(report: Report, system: System, *, folder: Path, quick: bool, workers: int) -> None:
    clients = 200 if quick else 1000
    total = clients * EACH
    say(f"{TOPIC}: {clients} conversations × {EACH} messages, {PER_SECOND} a second, window {WINDOW} s")
    shop = open_shop(
        system.manage,
        folder=folder,
        slug="batches",
        window=WINDOW,
    )
    vendor = Vendor(hook=shop.hook, secret=shop.secret)
    with opened(system.data, shop.slug) as ledger, system.web(), system.worker():
        vendor.deliver(interleaved(clients=clients, each=EACH, together=PER_SECOND), per_second=PER_SECOND)
        until(
            lambda: ledger.is_settled(messages=total), what="all is read and routed", seconds=900, every=0.5
        )
        late, appeals = ledger.lateness(), ledger.count("appeals")
    if appeals != clients:
        raise RuntimeError(f"{clients} clients have {appeals} appeals")
    in_time = sum(seconds <= IN_TIME for seconds in late) / len(late)
    report.add(
        Row(
            topic=TOPIC,
            name="routed after the window's end, p50",
            value=percentile(late, 0.5) * 1000,
            unit="ms",
        ),
        Row(topic=TOPIC, name="p99", value=percentile(late, 0.99) * 1000, unit="ms"),
        Row(topic=TOPIC, name="longest", value=late[-1] * 1000, unit="ms"),
        Row(topic=TOPIC, name="within 1 s", value=in_time * 100, unit="%", at_least=99),
    )
