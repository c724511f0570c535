"""A thousand clients at once, each with three messages: one appeal for each."""

from collections.abc import Callable

from tests.live import wait_until
from tests.system.conftest import Open
from tests.system.ledger import percentile
from tests.system.vendor import interleaved

CLIENTS, EACH, WINDOW = 1000, 3, 4
PER_SECOND = 60


def test_1000_conversations_of_three_messages_are_one_appeal_each(
    open_world: Open, record_property: Callable[[str, object], None]
) -> None:
    world = open_world("thousand", window=WINDOW)
    ledger, total = world.ledger, CLIENTS * EACH

    # One group a second: a client's three messages are within the window.
    world.vendor.deliver(interleaved(clients=CLIENTS, each=EACH, together=PER_SECOND), per_second=PER_SECOND)
    wait_until(
        lambda: ledger.is_settled(messages=total), seconds=300, what="all is read and all windows are closed"
    )

    assert ledger.counts("messages", "in_an_appeal", "appeals", "clients_with_an_appeal") == {
        "messages": total,
        "in_an_appeal": total,
        "appeals": CLIENTS,
        "clients_with_an_appeal": CLIENTS,
    }
    # How late is a question for bin/bench: here it is only written down.
    late = ledger.lateness()
    for share in (0.5, 0.95, 0.99, 1.0):
        record_property(f"seconds from window's end to appeal, p{share * 100:g}", percentile(late, share))
    record_property("batches", len(late))
