"""Keeps processes running: whatever dies or falls silent is killed with its whole group and started again."""

import time

import structlog

from apps.core.processes import kernel
from apps.core.processes.child import Child
from apps.core.processes.leaving import Leaving

log = structlog.get_logger(__name__)

TICK = 0.1
GRACE = 25.0  # seconds to finish what runs; a container is given 30


class Supervisor:
    def __init__(self, children: list[Child], *, grace: float = GRACE) -> None:
        self.children = children
        self.grace = grace
        self.leaving = Leaving()

    def run(self) -> None:
        kernel.adopt_orphans()
        try:
            while not self.leaving:
                for child in self.children:
                    child.look_after()
                self.leaving.pause(TICK)
            self._say_goodbye()
        finally:
            for child in self.children:
                child.kill()

    def _say_goodbye(self) -> None:
        log.info("supervisor.stopping")
        for child in self.children:
            child.ask_to_leave()
        deadline = time.monotonic() + self.grace
        while any(child.is_running for child in self.children) and time.monotonic() < deadline:
            time.sleep(TICK)
        for child in self.children:
            if child.is_running:
                log.error("supervisor.killed_after_grace", child=child.name)
