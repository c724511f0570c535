"""What `manage.py start` promises of the processes it runs, shown with real ones."""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from django.core.management.base import CommandError

from apps.core import ports
from apps.core.children import Child, Crew

ROOT = Path(__file__).resolve().parents[2]
# Writes its own number and that of a process it leaves behind, then waits to be told to stop.
PARENT_OF_ONE = """
import os, signal, sys
helper = os.fork()
if helper:
    with open(sys.argv[1], "a") as file:
        file.write(f"{os.getpid()} {helper}\\n")
signal.pause()
"""
STARTER = """
import sys
from apps.core.children import Child, Crew
with Crew(children=[Child(name="one", command=sys.argv[1:])], say=print) as crew:
    crew.watch(until=lambda: False)
"""


def born(log: Path, number: int) -> Callable[[], bool]:
    return lambda: log.exists() and log.read_text().count("\n") >= number


def processes(log: Path) -> list[tuple[int, int]]:
    pairs = [line.split() for line in log.read_text().splitlines()]
    return [(int(leader), int(helper)) for leader, helper in pairs]


def is_gone(process: int) -> bool:
    """A zombie is gone: it only waits for whoever adopted it to notice."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def eventually(condition: Callable[[], bool]) -> bool:
    pause = threading.Event()
    return any(condition() or pause.wait(0.02) for _ in range(1000))


@pytest.fixture(autouse=True)
def _signal_handlers() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "born"


@pytest.fixture
def child(log: Path) -> Child:
    return Child(name="worker", command=[sys.executable, "-c", PARENT_OF_ONE, str(log)])


def test_a_child_that_was_killed_is_started_again_and_what_it_left_behind_is_killed(
    child: Child, log: Path
) -> None:
    said: list[str] = []
    with Crew(children=[child], say=said.append) as crew:
        crew.watch(until=born(log, 1))
        ((first, helper),) = processes(log)
        os.kill(first, signal.SIGKILL)
        crew.watch(until=born(log, 2))
        assert is_gone(helper)
        assert processes(log)[1][0] != first
    assert said == ["worker ended (killed by SIGKILL); starting it again in 0.5 s."]


def test_stopping_leaves_nothing_of_a_child_s_group(child: Child, log: Path) -> None:
    with Crew(children=[child], say=print) as crew:
        crew.watch(until=born(log, 1))
    assert all(eventually(partial(is_gone, process)) for process in processes(log)[0])


def test_a_child_that_keeps_dying_is_started_less_and_less_often() -> None:
    said: list[str] = []
    hopeless = Child(name="poll", command=[sys.executable, "-c", "raise SystemExit(3)"])
    with Crew(children=[hopeless], say=said.append) as crew:
        crew.watch(until=lambda: len(said) == 3)
    assert [line.rpartition(" in ")[2] for line in said] == ["0.5 s.", "1 s.", "2 s."]
    assert "exit code 3" in said[0]


def test_sigterm_ends_the_watch() -> None:
    with Crew(children=[], say=print) as crew:
        os.kill(os.getpid(), signal.SIGTERM)
        crew.watch(until=lambda: False)
        assert crew.stopping.is_set()


def test_a_child_does_not_outlive_a_parent_that_was_killed(child: Child, log: Path) -> None:
    parent = subprocess.Popen([sys.executable, "-c", STARTER, *child.command], cwd=ROOT)
    assert eventually(born(log, 1))
    leader, helper = processes(log)[0]
    parent.kill()
    parent.wait()
    try:
        assert eventually(lambda: is_gone(leader))
    finally:
        os.kill(helper, signal.SIGKILL)  # its own parent's business, as the worker's is its cluster's


def test_a_taken_port_is_named_and_what_to_do_about_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "PATIENCE", 0.0)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CommandError, match=f"127.0.0.1:{port} .*set PORT"):
            ports.require_free("127.0.0.1", port)
    ports.require_free("127.0.0.1", port)
