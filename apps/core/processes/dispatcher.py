"""The loop that rings for what is due, many times a second, and takes back what was lost, once a second."""

import time

import structlog
from django.db import Error, connection

from apps.core.processes.heart import Heart
from apps.core.processes.leaving import Leaving
from apps.core.processes.schedules import sync_schedules
from apps.core.work.dispatch import dispatch
from apps.core.work.recover import recover

log = structlog.get_logger(__name__)

IDLE, BUSY = 0.1, 0.02  # seconds between two rounds
RECOVER_EVERY = 1.0
LONGEST_PAUSE = 5.0


class Dispatcher:
    """Any number may run, on any number of machines."""

    def __init__(self, *, heart: Heart) -> None:
        self.heart = heart
        self._prepared = False
        self._recovered = 0.0
        self._failures = 0

    def run(self, leaving: Leaving) -> None:
        while not leaving:
            self.heart.beat()
            leaving.pause(self.round())

    def round(self) -> float:
        """One round; returns how long to rest after it. A database that is away is waited for."""
        began = time.monotonic()
        try:
            rung = self._work()
        except Error:
            self._failures += 1
            log.warning("dispatch.database_lost", failures=self._failures, exc_info=True)
            connection.close()
            return min(0.1 * 2.0 ** min(self._failures, 10), LONGEST_PAUSE)
        self._failures = 0
        return max(BUSY if rung else IDLE, time.monotonic() - began)  # never more than half of a core

    def _work(self) -> int:
        if not self._prepared:
            sync_schedules()
            self._prepared = True
        if time.monotonic() - self._recovered >= RECOVER_EVERY:
            self._recovered = time.monotonic()
            recover()
        return dispatch()


def run_dispatcher(heart: Heart) -> None:
    Dispatcher(heart=heart).run(Leaving())
