"""Child processes run together: restarted when one dies, stopped in order, none left behind."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from threading import Event
from types import FrameType

from apps.core.processes.kernel import die_with

LONGEST_WAIT = 30.0  # seconds between restarts of a child that keeps dying
STEADY = 60.0  # a child that lived as long as this starts counting anew
GRACE = 30.0  # seconds from SIGTERM to SIGKILL


@dataclass(slots=True, kw_only=True)
class Child:
    name: str
    command: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    born: float = 0.0
    due: float = 0.0
    deaths: int = 0

    def start(self) -> None:
        """In a session of its own: Ctrl-C reaches the parent alone, and the whole group can be killed."""
        tie = partial(die_with, os.getpid())
        self.process = subprocess.Popen(self.command, start_new_session=True, preexec_fn=tie)
        self.born = time.monotonic()

    def signal_group(self, number: signal.Signals) -> None:
        if self.process is None:
            return
        try:
            os.killpg(self.process.pid, number)
        except ProcessLookupError:
            return  # all of it is gone already

    def bury(self) -> None:
        """The leader is dead: what it left of its group must not work on beside its successor."""
        self.signal_group(signal.SIGKILL)
        self.process = None


@dataclass(slots=True, kw_only=True)
class Crew:
    """Runs in the main thread: signals arrive there, and a child lives as long as the thread that made it."""

    children: Sequence[Child]
    say: Callable[[str], object]
    stopping: Event = field(default_factory=Event)

    def __enter__(self) -> "Crew":
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._stop_soon)
        for child in self.children:
            child.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self.stop()

    def watch(self, until: Callable[[], bool]) -> None:
        """Keep the children alive until this holds, or until we are told to stop."""
        while not self.stopping.is_set() and not until():
            for child in self.children:
                self._tend(child)
            self.stopping.wait(0.1)

    def stop(self) -> None:
        for child in self.children:
            if child.process is not None:
                child.process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + GRACE
        for child in self.children:
            if child.process is not None:
                self._await_end(child, child.process, deadline)
                child.bury()

    def _tend(self, child: Child) -> None:
        now = time.monotonic()
        if child.process is None:
            if now >= child.due:
                child.start()
            return
        code = child.process.poll()
        if code is None:
            return
        child.bury()
        child.deaths = 1 if now - child.born > STEADY else child.deaths + 1
        wait = min(LONGEST_WAIT, 0.5 * 2 ** (child.deaths - 1))
        child.due = now + wait
        self.say(f"{child.name} ended ({_how(code)}); starting it again in {wait:g} s.")

    def _await_end(self, child: Child, process: subprocess.Popen[bytes], deadline: float) -> None:
        try:
            process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            self.say(f"{child.name} did not stop within {GRACE:g} s and is killed.")
            child.signal_group(signal.SIGKILL)
            process.wait()

    def _stop_soon(self, _number: int, _frame: FrameType | None) -> None:
        if self.stopping.is_set():  # told twice: at once
            for child in self.children:
                child.signal_group(signal.SIGKILL)
        self.stopping.set()


def _how(code: int) -> str:
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
