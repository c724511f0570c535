"""The process beside the embedded server: restarts it when it died, stops it when nobody uses it."""

import os
import sys
import time
from pathlib import Path

from config.embedded.errors import EmbeddedError
from config.embedded.locks import try_lock
from config.embedded.server import ensure_running, is_alive, stop
from config.embedded.sharing import keeper_lock, users_lock

INTERVAL = 0.5  # seconds


def keep(data_dir: Path, *, fsync: bool) -> None:
    post = try_lock(keeper_lock(data_dir))
    if post is None:
        return  # another one is there
    while data_dir.exists():
        users = try_lock(users_lock(data_dir))
        if users is not None:
            stop(data_dir)
            # In this order: who comes next must find the post free, and needs the other lock first.
            os.close(post)
            os.close(users)
            return
        if not is_alive(data_dir):
            _revive(data_dir, fsync=fsync)
        time.sleep(INTERVAL)


def _revive(data_dir: Path, *, fsync: bool) -> None:
    try:
        ensure_running(data_dir, fsync=fsync)
    except EmbeddedError as error:
        print(error, file=sys.stderr, flush=True)  # noqa: T201 - into the keeper's own file


if __name__ == "__main__":
    keep(Path(sys.argv[1]), fsync=sys.argv[2] != "careless")
