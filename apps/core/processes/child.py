"""One supervised process with its process group: forked, listened to, killed as a whole, forked again.

A fork of the supervisor, which has loaded everything and connected nowhere: it works within milliseconds, and
goes on with the code that the supervisor began with. Or it becomes another program: `program`.
"""

import os
import signal
import sys
import time
from collections.abc import Callable
from typing import NoReturn

import structlog
from django.db import connections

from apps.core.processes import kernel
from apps.core.processes.heart import Heart

log = structlog.get_logger(__name__)

SHORTEST_PAUSE, LONGEST_PAUSE = 0.1, 10.0
HEALTHY = 60.0  # a process that lived this long starts with the shortest pause again
SILENT = 30.0  # seconds without a beat
MOURNING = 10.0  # seconds in which a killed group must be gone


Target = Callable[[Heart], None]


def program(*command: str) -> Target:
    """A target that becomes this program. It sends no beats: the pipe closes with it, and it never hangs."""

    def become(heart: Heart) -> NoReturn:
        os.execv(command[0], command)

    return become


class Child:
    def __init__(self, name: str, target: Target) -> None:
        self.name = name
        self._target = target
        self._pid = 0
        self._ear = -1
        self._started = self._heard = self._next_start = 0.0
        self._falls = 0

    def look_after(self) -> None:
        if not self._pid:
            if time.monotonic() >= self._next_start:
                self._start()
        elif end := _end_of(self._pid):
            self._bury(_told(end))
        elif self._is_silent():
            self._bury("it hangs")

    @property
    def is_running(self) -> bool:
        return bool(self._pid) and _end_of(self._pid) is None

    def leads(self, pid: int) -> bool:
        return pid == self._pid

    def ask_to_leave(self) -> None:
        if self.is_running:
            os.kill(self._pid, signal.SIGTERM)

    def kill(self) -> None:
        """The whole group; returns when every process of it is gone."""
        if not self._pid:
            return
        os.killpg(self._pid, signal.SIGKILL)
        _wait_for_group(self._pid)
        os.close(self._ear)
        self._pid = 0

    def _start(self) -> None:
        connections.close_all()  # a connection must not be shared by forks
        parent = os.getpid()
        self._ear, mouth = os.pipe()
        os.set_blocking(self._ear, False)
        self._pid = os.fork()
        if not self._pid:
            self._live(parent, Heart(mouth))
        os.close(mouth)
        _wait_for_leader(self._pid)
        self._started = self._heard = time.monotonic()
        log.info("supervisor.started", child=self.name, process=self._pid)

    def _live(self, parent: int, heart: Heart) -> NoReturn:
        """In the new process. Nothing of the supervisor's own business is to happen here, whatever fails."""
        code = 1
        try:
            os.setsid()
            kernel.die_with(parent)
            kernel.name_process(self.name)
            self._target(heart)
            code = 0
        except Exception:
            log.exception("process.failed", process=self.name)
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)

    def _is_silent(self) -> bool:
        try:
            os.read(self._ear, 65536)
        except BlockingIOError:
            return time.monotonic() - self._heard > SILENT
        self._heard = time.monotonic()
        return False

    def _bury(self, reason: str) -> None:
        lived = time.monotonic() - self._started
        self.kill()
        self._falls = 0 if lived > HEALTHY else self._falls
        pause = min(SHORTEST_PAUSE * 2.0**self._falls, LONGEST_PAUSE)
        self._falls = min(self._falls + 1, 10)
        self._next_start = time.monotonic() + pause
        log.error("supervisor.restarts", child=self.name, reason=reason, lived=round(lived, 1), pause=pause)


def _end_of(pid: int) -> os.waitid_result | None:
    """How it ended, without taking its leave: until the group is buried, its number stays its own."""
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)


def _told(end: os.waitid_result) -> str:
    if end.si_code == os.CLD_EXITED:
        return f"it ended with exit code {end.si_status}"
    return f"it was killed by {signal.Signals(end.si_status).name}"


def _wait_for_leader(child: int) -> None:
    """Only then can its group be killed."""
    while os.getpgid(child) != child and _end_of(child) is None:
        time.sleep(0.001)


def _wait_for_group(group: int) -> None:
    """The supervisor adopts what its dead children leave behind, so it can wait for them all."""
    deadline = time.monotonic() + MOURNING
    while time.monotonic() < deadline:
        try:
            if os.waitid(os.P_PGID, group, os.WEXITED | os.WNOHANG) is None:
                time.sleep(0.01)
        except ChildProcessError:
            return
    log.error("supervisor.group_does_not_die", group=group)
