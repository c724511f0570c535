"""What the supervisor promises of the programs it runs, shown with real ones."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.core.workprocesses import ROOT, descendants, eventually, is_alive

pytestmark = [pytest.mark.processes]

SUPERVISOR = """
import sys
import django
django.setup()
from apps.core.processes.child import Child, program
from apps.core.processes.supervisor import Supervisor
Supervisor([Child("one", program(sys.executable, "-c", *sys.argv[1:]))], grace=20).run()
"""
# Writes its own number and that of a process it leaves behind, then waits to be told to stop.
PARENT_OF_ONE = """
import os, signal, sys
helper = os.fork()
if helper:
    with open(sys.argv[1], "a") as file:
        file.write(f"{os.getpid()} {helper}\\n")
signal.pause()
"""
DEAF = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);" + PARENT_OF_ONE
# Leaves an orphan outside its own group, which ends at once.
LOOSE = """
import os, sys
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        with open(sys.argv[1], "a") as file:
            file.write(f"{os.getpid()}\\n")
    os._exit(0)
os.wait()
sys.stdin.read()
"""


class Supervised:
    """A supervisor in a process of its own, and what its child wrote of itself."""

    def __init__(self, folder: Path, source: str) -> None:
        self.born, self.log = folder / "born", folder / "log"
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-c", SUPERVISOR, source, str(self.born)],
                cwd=ROOT,
                env=os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings", "LOG_LEVEL": "INFO"},
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def births(self, number: int) -> list[list[int]]:
        """The numbers of each birth's processes, once there were so many."""
        eventually(lambda: self.born.exists() and self.born.read_text().count("\n") >= number)
        return [[int(pid) for pid in line.split()] for line in self.born.read_text().splitlines()]

    def said(self, pattern: str) -> list[str]:
        return re.findall(pattern, self.log.read_text())


@pytest.fixture
def supervise(tmp_path: Path) -> Iterator[Callable[[str], Supervised]]:
    started: list[Supervised] = []

    def begin(source: str) -> Supervised:
        started.append(Supervised(tmp_path, source))
        return started[-1]

    yield begin
    for one in started:
        left = descendants(one.process.pid)
        one.process.kill()
        one.process.communicate()
        for pid in filter(is_alive, left):
            os.kill(pid, signal.SIGKILL)


Supervise = Callable[[str], Supervised]


def test_a_program_that_was_killed_is_started_again_and_what_it_left_behind_is_killed(
    supervise: Supervise,
) -> None:
    running = supervise(PARENT_OF_ONE)
    ((first, helper),) = running.births(1)
    os.kill(first, signal.SIGKILL)
    second = running.births(2)[1][0]
    assert second != first
    assert not is_alive(helper)
    assert len(running.said("it was killed by SIGKILL")) == 1


def test_a_stop_leaves_nothing_of_a_program_s_group(supervise: Supervise) -> None:
    running = supervise(PARENT_OF_ONE)
    ((leader, helper),) = running.births(1)
    running.process.send_signal(signal.SIGTERM)
    assert running.process.wait(timeout=15) == 0
    assert not is_alive(leader)
    assert not is_alive(helper)


def test_a_program_that_keeps_dying_is_started_less_and_less_often(supervise: Supervise) -> None:
    running = supervise("raise SystemExit(3)")
    eventually(lambda: len(running.said("pause=")) == 4)
    assert running.said(r"pause=([\d.]+)") == ["0.1", "0.2", "0.4", "0.8"]
    assert len(running.said("exit code 3")) == 4


def test_a_program_does_not_outlive_a_supervisor_that_was_killed(supervise: Supervise) -> None:
    running = supervise(PARENT_OF_ONE)
    ((leader, helper),) = running.births(1)
    running.process.kill()
    try:
        eventually(lambda: not is_alive(leader))
    finally:
        os.kill(helper, signal.SIGKILL)  # its own parent's business, as the workers are their cluster's


def test_ctrl_c_is_patient_and_pressed_again_is_not(supervise: Supervise) -> None:
    running = supervise(DEAF)
    ((leader, _helper),) = running.births(1)
    running.process.send_signal(signal.SIGINT)
    eventually(lambda: running.said("supervisor.stopping"))
    assert is_alive(leader)
    running.process.send_signal(signal.SIGINT)
    assert running.process.wait(timeout=10) == 0
    assert not is_alive(leader)
    assert running.said("killed_before_its_end")


def test_orphans_of_other_groups_do_not_stay_as_zombies(supervise: Supervise) -> None:
    running = supervise(LOOSE)
    ((orphan,),) = running.births(1)
    eventually(lambda: not Path(f"/proc/{orphan}").exists())
