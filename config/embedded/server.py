"""Starts and stops the server, whatever state it was left in.

Whether it lives is told by a lock, not by a process number: the server inherits a locked descriptor, and the
kernel frees it when the last of its processes is gone. A postmaster.pid that kill -9 or a reboot left behind,
its number meanwhile another program's, then deceives nobody, and two servers never share one data folder.
"""

import os
import shlex
import shutil
import time
from contextlib import AbstractContextManager
from pathlib import Path

from config.embedded.account import run_as
from config.embedded.address import DATABASE, USER
from config.embedded.binaries import programs
from config.embedded.errors import EmbeddedError
from config.embedded.home import Home, find_home, prepare_home
from config.embedded.locks import is_locked, locked, make_data_dir, try_lock

PATIENCE = 90.0  # seconds: recovery after a crash replays the log before the server answers
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "128MB",
    # On no disk of today a page by an index costs four times one of a scan, and most are in memory: with the
    # server's default whole tables are read and joined for a list of fifty rows.
    "random_page_cost": "1.1",
    "jit": "off",
    "io_method": "sync",
    "timezone": "UTC",
    # People's words are in the statements and in the details: the server's log gets neither.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_checkpoints": "off",
}
# For data that nobody will miss after a power cut: tests. A killed server still keeps what was committed.
CARELESS = {"fsync": "off", "full_page_writes": "off"}


def ensure_running(data_dir: Path, *, fsync: bool = True) -> bool:
    """Return once the server answers and has our database; True when it was started here."""
    with _one_at_a_time(data_dir):
        home = prepare_home(data_dir)
        started = False
        deadline = time.monotonic() + PATIENCE
        while not _answers(home):
            if time.monotonic() > deadline:
                raise EmbeddedError(f"PostgreSQL does not answer. {_log_tail(home)}")
            descriptor = try_lock(home.alive)
            if descriptor is None:  # starting up, recovering or shutting down
                time.sleep(0.05)
                continue
            try:
                _start(home, descriptor, fsync=fsync)
            finally:
                os.close(descriptor)  # our copy only: the server keeps its own, and with it the lock
            started = True
        return started


def is_alive(data_dir: Path) -> bool:
    home = find_home(data_dir)
    return home.path.exists() and is_locked(home.alive)


def stop(data_dir: Path) -> None:
    """Stop it if it runs; open transactions are rolled back."""
    with _one_at_a_time(data_dir):
        home = find_home(data_dir)
        if not is_alive(data_dir):
            return
        pg_ctl = programs(home.account) / "pg_ctl"
        result = run_as(home.account, [pg_ctl, "stop", "-D", home.data, "-m", "fast", "-w", "-t", "60"])
        if result.returncode and is_alive(data_dir):
            raise EmbeddedError(f"PostgreSQL does not stop: {result.stderr.strip()}")


def _one_at_a_time(data_dir: Path) -> AbstractContextManager[None]:
    make_data_dir(data_dir)
    return locked(data_dir / "postgres.lock")


def _start(home: Home, alive: int, *, fsync: bool) -> None:
    """Holding the lock means that no process of an earlier server is left: what it left on disk is stale."""
    binaries = programs(home.account)
    if not home.data.exists():
        _initialise(home, binaries)
    for stale in (home.data / "postmaster.pid", *home.sockets.glob(".s.PGSQL.*")):
        stale.unlink(missing_ok=True)
    settings = SETTINGS | {"unix_socket_directories": str(home.sockets)} | ({} if fsync else CARELESS)
    options = shlex.join(part for name, value in settings.items() for part in ("-c", f"{name}={value}"))
    command: list[str | Path] = [binaries / "pg_ctl", "start", "-D", home.data, "-l", home.log, "-o", options]
    result = run_as(home.account, [*command, "-w", "-t", f"{PATIENCE:.0f}"], pass_fds=(alive,))
    if result.returncode:
        raise EmbeddedError(f"PostgreSQL does not start: {result.stderr.strip()} {_log_tail(home)}")


def _initialise(home: Home, binaries: Path) -> None:
    """Made aside and renamed, so that a first start that was cut short leaves nothing that looks whole."""
    draft = home.path / "data.new"
    shutil.rmtree(draft, ignore_errors=True)
    # The builtin C.UTF-8 knows upper and lower case of Cyrillic whatever this machine's own locale is.
    locale = ["--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8"]
    access = ["--username", USER, "--auth-local=trust", "--auth-host=reject"]
    result = run_as(home.account, [binaries / "initdb", "-D", draft, *access, *locale])
    if result.returncode:
        raise EmbeddedError(
            f"PostgreSQL's data folder cannot be made in {home.path}: {result.stderr.strip()}"
        )
    draft.rename(home.data)


def _answers(home: Home) -> bool:
    """Whether it takes connections; creates our database in it when it is not there yet."""
    import psycopg  # only here: the keeper asks for the lock alone and stays small

    try:
        connection = psycopg.connect(
            host=str(home.sockets), user=USER, dbname="postgres", connect_timeout=5, autocommit=True
        )
    except psycopg.OperationalError:
        return False
    with connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
            connection.execute(psycopg.sql.SQL("CREATE DATABASE {}").format(psycopg.sql.Identifier(DATABASE)))
    return True


def _log_tail(home: Home) -> str:
    if not home.log.exists():
        return ""
    lines = home.log.read_text(errors="replace").splitlines()[-8:]
    return f"The end of {home.log}:\n" + "\n".join(lines)
