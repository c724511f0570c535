"""From stored event to the draft that waits for an operator, with an AI that answers at once."""

from pathlib import Path

from bench.peers import anthropic
from bench.report import Report, Row, say
from bench.system import System, until
from tests.peers.anthropic import KEY
from tests.system.ledger import opened
from tests.system.shops import open_shop
from tests.system.vendor import Vendor, interleaved

TOPIC = "end to end"


def measure(report: Report, system: System, *, folder: Path, quick: bool, workers: int) -> None:
    """All events lie ready before the workers start; the clock runs from the first read to the last draft."""
    clients = 50 if quick else 300
    say(f"{TOPIC}: {clients} conversations, read and answered by an AI that takes no time, {workers} workers")
    with anthropic() as url:
        shop = open_shop(
            system.manage,
            folder=folder,
            slug="appeals",
            window=1,
            ai={"api_key": KEY, "base_url": url},
        )
        with system.web():
            Vendor(hook=shop.hook, secret=shop.secret).deliver(interleaved(clients=clients, each=1))
        with opened(system.data, shop.slug) as ledger, system.worker():
            began = until(lambda: ledger.count("read") > 0, what="the first event is read")
            ended = until(
                lambda: ledger.count("drafts") >= clients, what="all drafts wait", seconds=900, every=0.1
            )
    report.add(
        Row(
            topic=TOPIC,
            name=f"appeals/s: routed, read, drafted ({workers} workers)",
            value=clients / (ended - began),
        )
    )
