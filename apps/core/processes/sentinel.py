"""django-q2's sentinel, made to fail fast: half a cluster is worse than none.

An idle worker that is killed dies with the queue's lock in its hand, and the others then wait for ever. A
dead monitor takes acknowledgements with it. So any unexpected death ends the whole group, once the sound
workers have finished what they are in the middle of, and the supervisor starts it anew. Time-outs and
recycling stay as they are. The stock guard also waits for locks that a dead worker may hold; this one never
does.
"""

import os
import signal
import time
from typing import Any, NoReturn

import structlog
from django_q.cluster import Sentinel
from django_q.conf import Conf
from django_q.scheduler import scheduler

from apps.core.processes import kernel
from apps.core.processes.pulse import Pulse
from apps.core.processes.queue import HandOver

log = structlog.get_logger(__name__)

IDLE, TIMED_OUT, RECYCLED = -1, 0, -2  # what a django-q2 worker's timer says when it does not count down
SCHEDULES_EVERY = 15.0
STUCK = 15.0  # seconds in which an idle worker must have taken what lies ready for it
FAREWELL = 3.0
LAST_WORDS = 10.0  # seconds for the others to finish what they are in the middle of


def fail(reason: str, **facts: Any) -> NoReturn:
    """Kill our whole group, ourselves with it."""
    log.critical("cluster.failed", reason=reason, **facts)
    os.killpg(os.getpgrp(), signal.SIGKILL)
    raise SystemExit(1)


class FailFastSentinel(Sentinel):
    def __init__(self, stop_event: Any, start_event: Any, cluster_id: Any, broker: Any, pulse: Pulse) -> None:
        super().__init__(stop_event, start_event, cluster_id, broker, start=False)
        kernel.name_process("sentinel")
        self.task_queue = HandOver(maxsize=Conf.QUEUE_LIMIT)
        self.pulse = pulse
        self.start()

    def guard(self) -> None:
        self.start_event.set()
        next_schedules = time.monotonic()
        while not self.stop_event.wait(Conf.GUARD_CYCLE):
            for process in list(self.pool):
                self._look_after(process)
            if not (self.monitor.is_alive() and self.pusher.is_alive()):
                self._fail("monitor or pusher died")
            self._feel_pulse()
            if time.monotonic() >= next_schedules:
                next_schedules = time.monotonic() + SCHEDULES_EVERY
                scheduler(broker=self.broker)
        self.stop()

    def _look_after(self, process: Any) -> None:
        if not process.is_alive():
            if process.exitcode or _timer(process) not in (TIMED_OUT, RECYCLED):
                self._fail("worker died", worker=process.pid, exit_code=process.exitcode)
            self.reincarnate(process)
        elif _timer(process) == TIMED_OUT:
            # It is about to end by itself; stopping it while it hands its result over would break the queue.
            process.join(FAREWELL)
            self.reincarnate(process)
        else:
            self._count_down(process)

    def _count_down(self, process: Any) -> None:
        lock = process.timer.get_lock()
        if not lock.acquire(timeout=Conf.GUARD_CYCLE):
            return  # it hands its result over, or died just now: the next look will tell
        timer = process.timer.get_obj()
        if timer.value > 0:
            timer.value = max(TIMED_OUT, timer.value - Conf.GUARD_CYCLE)
        lock.release()

    def _feel_pulse(self) -> None:
        idle = any(_timer(process) == IDLE for process in self.pool)
        self.pulse.beat(moved=self.task_queue.taken, hungry=idle and not self.task_queue.waiting)
        if idle and self.task_queue.waiting and self.pulse.still_for > STUCK:
            self._fail("idle workers do not take what is ready")

    def _fail(self, reason: str, **facts: Any) -> NoReturn:
        """Nothing new is begun; what a sound worker is in the middle of (a message going out) may end."""
        log.critical("cluster.failing", reason=reason, **facts)
        self.event_out.set()
        self.stop_event.set()
        deadline = time.monotonic() + LAST_WORDS
        while any(_is_busy(process) for process in self.pool) and time.monotonic() < deadline:
            self.pulse.beat(moved=self.task_queue.taken, hungry=False)
            time.sleep(0.05)
        fail(reason)


def _is_busy(process: Any) -> bool:
    return process.is_alive() and _timer(process) > 0


def _timer(process: Any) -> float:
    """Read without its lock, which a dead worker may hold."""
    return float(process.timer.get_obj().value)
