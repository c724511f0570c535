"""One server for every process that needs it: the first starts it, the last one out stops it.

Each holds a shared lock for as long as it works. Whoever is killed leaves without a word, so a keeper
(keeper.py) waits beside the server for the lock to come free.
"""

import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config.embedded.locks import is_locked, make_data_dir, open_lock
from config.embedded.server import ensure_running, stop

ROOT = Path(__file__).resolve().parents[2]


def users_lock(data_dir: Path) -> Path:
    return data_dir / "postgres.users"


def keeper_lock(data_dir: Path) -> Path:
    return data_dir / "postgres.keeper"


@contextmanager
def running(data_dir: Path, *, fsync: bool = True) -> Iterator[None]:
    """The server answers inside this block."""
    make_data_dir(data_dir)
    users = open_lock(users_lock(data_dir))
    try:
        fcntl.flock(users, fcntl.LOCK_SH)  # waits while the last one out is still stopping it
        ensure_running(data_dir, fsync=fsync)
        _post_keeper(data_dir, fsync=fsync)
        try:
            yield
        finally:
            _leave(users, data_dir)
    finally:
        os.close(users)


def _leave(users: int, data_dir: Path) -> None:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        # Somebody else works on, or the keeper is stopping it already: then return when it has.
        fcntl.flock(users, fcntl.LOCK_SH)
    else:
        stop(data_dir)


def _post_keeper(data_dir: Path, *, fsync: bool) -> None:
    """Through a shell that ends at once: the keeper is nobody's child and outlives whoever came first."""
    if is_locked(keeper_lock(data_dir)):
        return
    mode = "safe" if fsync else "careless"
    command = [sys.executable, "-m", "config.embedded.keeper", str(data_dir.absolute()), mode]
    subprocess.run(
        ["/bin/sh", "-c", '"$@" 2>>"$0" &', str(keeper_lock(data_dir).absolute()), *command],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
        check=True,
    )
