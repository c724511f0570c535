"""A django-q2 cluster that ends as a whole: on request in order, on any failure at once."""

import os
import time
import uuid
from multiprocessing import Event
from typing import Any

import structlog
from django import db
from django_q.cluster import Cluster, get_mp_context

from apps.core.processes import kernel, leaving, sentinel
from apps.core.processes.heart import Heart
from apps.core.processes.pulse import Pulse
from apps.core.processes.queue import OrderedQueue, oldest_waiting
from apps.core.processes.sentinel import FailFastSentinel, fail

log = structlog.get_logger(__name__)

TICK = 0.2
SILENT = 20.0  # seconds without a look by the sentinel
HUNGER_CHECK = 5.0


class FailFastCluster(Cluster):
    def __init__(self, *, heart: Heart) -> None:
        super().__init__(broker=OrderedQueue())
        self.asked_to_leave = leaving.Leaving()
        self.heart = heart
        self.pulse = Pulse()
        self._suspicion = 0

    def run(self) -> None:
        """Until asked to leave; then what runs is finished, and what is not begun stays for others."""
        kernel.lead_a_group()
        kernel.forks_die_with_parent()
        self._start()
        log.info("cluster.started", process=os.getpid())
        self._watch()
        log.info("cluster.stopping")
        self.stop_event.set()
        while self.sentinel.is_alive():
            self.heart.beat()
            time.sleep(TICK)
        log.info("cluster.stopped")

    def _start(self) -> None:
        # From the fork context throughout: what is shared is inherited.
        self.stop_event, self.start_event = Event(), Event()
        leaving.follow(self.stop_event)
        db.connections.close_all()  # a connection must not be shared by forks
        arguments: tuple[Any, ...] = (
            self.stop_event,
            self.start_event,
            self.cluster_id,
            self.broker,
            self.pulse,
        )
        self.sentinel = get_mp_context().Process(
            target=FailFastSentinel, name=f"sentinel-{uuid.uuid4().hex}", args=arguments
        )
        self.sentinel.start()

    def _watch(self) -> None:
        checked = time.monotonic()
        while not self.asked_to_leave:
            if not self.sentinel.is_alive():
                fail("sentinel died", exit_code=self.sentinel.exitcode)
            if self.pulse.age > SILENT:
                fail("sentinel hangs")
            if time.monotonic() - checked > HUNGER_CHECK:
                checked = time.monotonic()
                self._never_starve()
            self.heart.beat()
            self.asked_to_leave.pause(TICK)

    def _never_starve(self) -> None:
        """A long queue alone is no fault, but nobody may be idle beside an old entry.

        Twice, because right after an outage of the database every entry is old.
        """
        starves = self.pulse.hungry and self.pulse.still_for > sentinel.STUCK and _entry_is_old()
        self._suspicion = self._suspicion + 1 if starves else 0
        if self._suspicion > 1:
            fail("idle workers beside a full queue")


def run_cluster(heart: Heart) -> None:
    FailFastCluster(heart=heart).run()


def _entry_is_old() -> bool:
    try:
        return (oldest_waiting() or 0) > sentinel.STUCK
    except db.Error:  # no database: nobody can work, and a restart would not help
        db.connection.close()
        return False
