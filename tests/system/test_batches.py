"""A thousand clients at once, each with three messages: one appeal for each."""

from collections.abc import Callable

from tests.live import wait_until
from tests.system.conftest import Open
from tests.system.ledger import percentile
from tests.system.vendor import text_update

CLIENTS, EACH, WINDOW = 1000, 3, 4
PER_SECOND = 40.0
# After how many other updates a client writes again: about a second.
STRIDE = 40


def interleaved() -> list[bytes]:
    """Clients come one after the other, in groups whose members write by turns."""
    found = []
    for group in range(0, CLIENTS, STRIDE):
        for number in range(EACH):
            for client in range(group, min(group + STRIDE, CLIENTS)):
                found.append(
                    text_update(
                        update_id=client * EACH + number + 1,
                        client=20_000 + client,
                        message_id=number + 1,
                        text=f"Часть {number + 1} вопроса {client}",
                    )
                )
    return found


def test_1000_conversations_of_three_messages_are_one_appeal_each(
    open_world: Open, record_property: Callable[[str, object], None]
) -> None:
    world = open_world("thousand", window=WINDOW)
    ledger, total = world.ledger, CLIENTS * EACH

    world.vendor.deliver(interleaved(), per_second=PER_SECOND)
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
