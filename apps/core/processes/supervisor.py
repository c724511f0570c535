"""Keeps processes running: whatever dies or falls silent is killed with its whole group and started again."""

import os
import time
from collections.abc import Callable, Sequence
from typing import Self

import structlog

from apps.core.processes import kernel
from apps.core.processes.child import Child
from apps.core.processes.leaving import Leaving

log = structlog.get_logger(__name__)

TICK = 0.1
GRACE = 25.0  # seconds to finish what runs; a container is given 30


def never() -> bool:
    return False


class Supervisor:
    """Its block is left with every child stopped: in order within `grace`, or else by force."""

    def __init__(self, children: Sequence[Child], *, grace: float = GRACE) -> None:
        self.children = children
        self.grace = grace
        self.leaving = Leaving()

    def __enter__(self) -> Self:
        kernel.adopt_orphans()
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self._say_goodbye()
        finally:
            for child in self.children:
                child.kill()

    def run(self) -> None:
        with self:
            self.watch()

    def watch(self, *, until: Callable[[], bool] = never) -> None:
        """Until then, or until asked to leave."""
        while not self.leaving and not until():
            for child in self.children:
                child.look_after()
            self._forget_strangers()
            self.leaving.pause(TICK)

    def _forget_strangers(self) -> None:
        """Orphans of groups below a child's own: adopted, ended, and nobody else's to take leave of."""
        while (pid := _ended()) and not any(child.leads(pid) for child in self.children):
            os.waitpid(pid, 0)

    def _say_goodbye(self) -> None:
        log.info("supervisor.stopping")
        for child in self.children:
            child.ask_to_leave()
        deadline = time.monotonic() + self.grace
        while self._is_anybody_here() and not self.leaving.at_once and time.monotonic() < deadline:
            time.sleep(TICK)
        for child in self.children:
            if child.is_running:
                log.error("supervisor.killed_before_its_end", child=child.name)

    def _is_anybody_here(self) -> bool:
        return any(child.is_running for child in self.children)


def _ended() -> int | None:
    try:
        found = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return None
    return found.si_pid if found else None
