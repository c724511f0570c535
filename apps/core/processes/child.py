"""One supervised process with its process group: started, listened to, killed as a whole, started again."""

import os
import signal
import subprocess
import sys
import time

import structlog

from apps.core.processes.heart import BEAT, PARENT

log = structlog.get_logger(__name__)

SHORTEST_PAUSE, LONGEST_PAUSE = 0.1, 10.0
HEALTHY = 60.0  # a process that lived this long starts with the shortest pause again
SILENT = 30.0  # seconds without a beat; while it starts, PATIENCE
PATIENCE = 90.0
MOURNING = 10.0  # seconds in which a killed group must be gone


class Child:
    def __init__(self, name: str, arguments: list[str]) -> None:
        self.name = name
        self.arguments = arguments
        self._process: subprocess.Popen[bytes] | None = None
        self._ear = -1
        self._started = self._heard = self._next_start = 0.0
        self._allowed_silence = PATIENCE
        self._falls = 0

    def look_after(self) -> None:
        if self._process is None:
            if time.monotonic() >= self._next_start:
                self._start()
        elif not self.is_running:
            self._bury("it ended")
        elif self._is_silent():
            self._bury("it hangs")

    @property
    def is_running(self) -> bool:
        """Without taking its leave: until the group is buried, its number stays its own."""
        if self._process is None:
            return False
        return os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None

    def ask_to_leave(self) -> None:
        if self.is_running and self._process is not None:
            os.kill(self._process.pid, signal.SIGTERM)

    def kill(self) -> None:
        """The whole group; returns when every process of it is gone."""
        if self._process is None:
            return
        group = self._process.pid
        os.killpg(group, signal.SIGKILL)
        self._process.wait()
        os.close(self._ear)
        self._process = None
        _wait_for_group(group)

    def _start(self) -> None:
        ear, mouth = os.pipe()
        os.set_blocking(ear, False)
        environment = os.environ | {PARENT: str(os.getpid()), BEAT: str(mouth)}
        self._process = subprocess.Popen(
            [sys.executable, *self.arguments], env=environment, pass_fds=[mouth], start_new_session=True
        )
        os.close(mouth)
        self._ear = ear
        self._started = self._heard = time.monotonic()
        self._allowed_silence = PATIENCE
        log.info("supervisor.started", child=self.name, process=self._process.pid)

    def _is_silent(self) -> bool:
        try:
            heard = os.read(self._ear, 65536)
        except BlockingIOError:
            heard = b""
        if heard:
            self._heard, self._allowed_silence = time.monotonic(), SILENT
        return time.monotonic() - self._heard > self._allowed_silence

    def _bury(self, reason: str) -> None:
        lived = time.monotonic() - self._started
        self.kill()
        self._falls = 0 if lived > HEALTHY else self._falls
        pause = min(SHORTEST_PAUSE * 2.0**self._falls, LONGEST_PAUSE)
        self._falls = min(self._falls + 1, 10)
        self._next_start = time.monotonic() + pause
        log.error("supervisor.restarts", child=self.name, reason=reason, lived=round(lived, 1), pause=pause)


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
