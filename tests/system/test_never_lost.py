"""Real processes, killed in the middle of the intake: nothing is lost, nothing is there twice."""

from collections.abc import Callable
from functools import partial

from tests.live import wait_until
from tests.system import processes
from tests.system.conftest import WORKERS, Open, World
from tests.system.vendor import interleaved

CLIENTS, EACH = 200, 10
# A busy machine may take its time; what is asserted are counts.
PATIENCE = 300


def test_2000_webhooks_while_workers_and_web_server_are_killed_end_in_one_appeal_each(
    open_world: Open,
) -> None:
    world = open_world("killed", window=2)
    ledger, vendor, total = world.ledger, world.vendor, CLIENTS * EACH

    with vendor.delivering(interleaved(clients=CLIENTS, each=EACH)):
        when(lambda: vendor.acknowledged >= total // 4, "a quarter is acknowledged")
        processes.kill(processes.commands(world.pid, "web")[0])
        for number, kill in enumerate((a_worker, a_worker, the_cluster, the_supervisor, a_worker)):
            wanted = total * (number + 1) // 8
            when(partial(is_read, world, wanted), f"{wanted} updates are read")
            kill(world)
    when(partial(ledger.is_settled, messages=total), "all is read and all windows are closed")

    assert vendor.acknowledged == total
    assert vendor.tries > total, "the web server's death went unnoticed"
    assert ledger.counts("events", "messages", "texts", "in_an_appeal") == {
        "events": total,
        "messages": total,
        "texts": total,
        "in_an_appeal": total,
    }
    assert ledger.counts("contacts", "conversations", "appeals", "clients_with_an_appeal") == {
        "contacts": CLIENTS,
        "conversations": CLIENTS,
        "appeals": CLIENTS,
        "clients_with_an_appeal": CLIENTS,
    }
    assert "deadlock detected" not in "".join(world.live.output)
    stored = ledger.count("deliveries")
    assert total <= stored <= vendor.tries
    account = world.accounting()
    assert account["adds_up"] is True
    assert account["received"] == stored
    others = {"status": 0, "ignored": 0, "unrouted": 0, "failed": 0, "waiting": 0}
    assert account["ended"] == {"message": total, "duplicate": stored - total, **others}


def test_the_same_update_20_times_at_once_is_one_message(open_world: Open) -> None:
    world = open_world("parallel", window=2)

    world.vendor.at_once(interleaved(clients=1, each=1)[0], times=20)
    when(partial(world.ledger.is_settled, messages=1), "it is read and its window is closed")

    assert world.ledger.counts("events", "deliveries", "messages", "appeals") == {
        "events": 1,
        "deliveries": 20,
        "messages": 1,
        "appeals": 1,
    }
    assert world.accounting()["adds_up"] is True


def test_all_work_finishes_though_the_queue_is_emptied_by_hand_again_and_again(open_world: Open) -> None:
    world = open_world("emptied", window=2)
    ledger, clients, each = world.ledger, 100, 3
    total, deleted = clients * each, 0

    with world.vendor.delivering(interleaved(clients=clients, each=each)):
        for step in range(1, 9):
            when(partial(is_read, world, total * step // 10), f"{step} tenths are read")
            deleted += ledger.empty_the_queue()
    when(partial(ledger.is_settled, messages=total), "all is read and all windows are closed")

    assert deleted, "there was nothing on the queue to lose"
    assert ledger.counts("messages", "in_an_appeal", "appeals") == {
        "messages": total,
        "in_an_appeal": total,
        "appeals": clients,
    }


def when(holds: Callable[[], object], what: str) -> None:
    wait_until(holds, seconds=PATIENCE, what=what)


def is_read(world: World, count: int) -> bool:
    return world.ledger.count("read") >= count


def a_worker(world: World) -> None:
    """The supervisor may be restarting them just now: then the next that is there."""
    when(lambda: processes.workers(world.pid, WORKERS), "there are workers")
    processes.kill(processes.workers(world.pid, WORKERS)[0])


def the_cluster(world: World) -> None:
    """Workers, sentinel, monitor and pusher at one stroke."""
    when(lambda: processes.workers(world.pid, WORKERS), "there are workers")
    processes.kill_group(processes.workers(world.pid, WORKERS)[0])


def the_supervisor(world: World) -> None:
    when(lambda: processes.commands(world.pid, "worker"), "there is a supervisor")
    processes.kill(processes.commands(world.pid, "worker")[0])
