"""The whole system as a newcomer starts it: real processes, a database of its own, a free port."""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

START = 120.0
STOP = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """A started system and what its first start printed."""

    url: str
    chat_url: str
    admin_password: str
    operator_password: str
    process: subprocess.Popen[str]
    output: list[str]
    environment: dict[str, str]

    def manage(self, *arguments: str, stdin: str = "") -> str:
        """Run a management command beside it; returns what it printed."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=settings.BASE_DIR,
            env=self.environment,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=START,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@contextlib.contextmanager
def running(name: str, **environment: str) -> Iterator[Live]:
    """Starts on data of its own, stops it as Ctrl-C would, and throws the data away."""
    data = Path(settings.DATA_DIR) / f"live-{name}-{os.getpid()}"
    port = free_port()
    inherited = {key: value for key, value in os.environ.items() if key not in ("DATABASE_URL", "PUBLIC_URL")}
    env = {
        **inherited,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATA_DIR": str(data),
        "PORT": str(port),
        "OUTBOUND_PRIVATE_NETWORKS": "127.0.0.0/8",
        **environment,
    }
    process = subprocess.Popen(
        [sys.executable, "manage.py", "start"],
        cwd=settings.BASE_DIR,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    reading: list[threading.Thread] = []
    try:
        live = _told(process, env, port, reading)
        yield live
        # Shown by pytest beside a failed test.
        sys.stdout.write("".join(live.output[-200:]))
    finally:
        _stop(process)
        for thread in reading:
            thread.join()
        assert process.stdout is not None
        process.stdout.close()
        shutil.rmtree(data, ignore_errors=True)


def _told(
    process: subprocess.Popen[str], env: dict[str, str], port: int, reading: list[threading.Thread]
) -> Live:
    """Reads what the start prints until it is ready; goes on reading, so that its pipe never fills."""
    lines: list[str] = []
    ready = threading.Event()

    def read() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            lines.append(line)
            if line.startswith("Ready in"):
                ready.set()
        ready.set()

    reading.append(threading.Thread(target=read, daemon=True))
    reading[0].start()
    ready.wait(START)
    printed = "".join(lines)
    assert "Ready in" in printed, printed
    return Live(
        url=f"http://127.0.0.1:{port}",
        chat_url=_find(r"web chat\s+(\S+)", printed),
        admin_password=_find(r"admin / (\S+)", printed),
        operator_password=_find(r"operator / (\S+)", printed),
        process=process,
        output=lines,
        environment=env,
    )


def _find(pattern: str, printed: str) -> str:
    found = re.search(pattern, printed)
    assert found, printed
    return found.group(1)


def _stop(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(STOP)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(holds: object, *, seconds: float, what: str) -> None:
    """For what other processes do: asks again and again, and says what never came about."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if holds():  # type: ignore[operator]
            return
        threading.Event().wait(0.1)
    raise AssertionError(f"{what}: not within {seconds} s")
