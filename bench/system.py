"""What is measured: an embedded PostgreSQL on data of its own, and the processes that a scenario wants."""

import http.client
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from config import embedded
from config.embedded.locks import is_locked
from config.embedded.sharing import keeper_lock
from tests.system.processes import descendants

ROOT = Path(__file__).resolve().parents[1]
PATIENCE = 180.0  # seconds for a process to be ready, or to end


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    data: Path
    port: int
    environment: dict[str, str]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def manage(self, *arguments: str, patience: float = PATIENCE) -> str:
        """Run a management command; returns what it printed."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=patience,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"manage.py {arguments[0]} failed:\n{done.stdout}{done.stderr}")
        return done.stdout

    @contextmanager
    def web(self) -> Iterator[int]:
        """The web server with its defaults, answering; its process's id."""
        with self._process("web", "--host", "127.0.0.1", "--port", str(self.port)) as process:
            until(lambda: process.poll() is not None or self._answers(), what="the web server answers")
            yield process.pid

    @contextmanager
    def worker(self) -> Iterator[int]:
        with self._process("worker") as process:
            yield process.pid

    @contextmanager
    def database(self) -> Iterator[psycopg.Connection[Any]]:
        with psycopg.connect(embedded.database_url(self.data), autocommit=True) as connection:
            yield connection

    def settle(self) -> None:
        """As after a year's work: what PostgreSQL does by itself after much writing is not measured, too."""
        with self.database() as database:
            database.execute("VACUUM (ANALYZE)")

    @contextmanager
    def _process(self, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
        with (self.data / f"{arguments[0]}.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "manage.py", *arguments],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            yield process
            if process.poll() is not None:
                raise RuntimeError(f"manage.py {arguments[0]} ended early; see its log in {self.data}")
        finally:
            end(process, signal.SIGTERM)

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == http.HTTPStatus.OK
        except OSError:
            return False
        finally:
            connection.close()


def environment(data: Path, port: int, **more: str) -> dict[str, str]:
    """Settings as they come, whatever the caller's own are."""
    ours = (
        "DATABASE_URL",
        "PUBLIC_URL",
        "REDIS_URL",
        "LOG_LEVEL",
        "LOG_FORMAT",
        "WEB_WORKERS",
        "WEB_THREADS",
    )
    inherited = {name: value for name, value in os.environ.items() if name not in ours}
    return {
        **inherited,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATA_DIR": str(data),
        "PORT": str(port),
        "OUTBOUND_PRIVATE_NETWORKS": "127.0.0.0/8",
        **more,
    }


@contextmanager
def running(base: Path, *, port: int, workers: int) -> Iterator[System]:
    """PostgreSQL as in an installation, with fsync, for as long as the block lasts."""
    with fresh_data(base) as data:
        system = System(data=data, port=port, environment=environment(data, port, WORKERS=str(workers)))
        with embedded.running(data):
            system.manage("prepare")
            yield system


@contextmanager
def fresh_data(base: Path) -> Iterator[Path]:
    base.mkdir(parents=True, exist_ok=True)
    data = Path(tempfile.mkdtemp(dir=base, prefix="bench-"))
    # The database's own account must be able to pass.
    data.chmod(0o711 if os.geteuid() == 0 else 0o700)
    try:
        yield data
    finally:
        # The server's keeper looks into the folder until it has seen that nobody needs the server any more.
        until(lambda: not is_locked(keeper_lock(data)), what="the embedded server's keeper ends")
        # The database's folder may be a link to a place that its account can enter.
        shutil.rmtree((data / "postgres").resolve(), ignore_errors=True)
        shutil.rmtree(data, ignore_errors=True)


def end(process: subprocess.Popen[Any], number: signal.Signals) -> None:
    if process.poll() is not None:
        return
    process.send_signal(number)
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise


def until(holds: Callable[[], object], *, what: str, seconds: float = PATIENCE, every: float = 0.05) -> float:
    """Waits for it; returns the moment at which it held, by the monotonic clock."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {seconds:g} s")
        threading.Event().wait(every)
    return time.monotonic()


def memory(pid: int) -> float:
    """Proportional set size, MB: what processes share is divided among them."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError(f"/proc/{pid}/smaps_rollup names no Pss")


def memory_below(pid: int) -> list[float]:
    return [memory(child) for child in descendants(pid)]


def reset_peak(pid: int) -> None:
    """From now on its peak is told anew: https://docs.kernel.org/filesystems/proc.html, clear_refs."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def peak(pid: int) -> float:
    """The most memory it has had at once (RSS, what is shared included), MB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError(f"/proc/{pid}/status names no VmHWM")
