"""The folder of the server's own files: `postgres` in the data folder, or where that links to."""

import os
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from config.embedded.account import Account, can_enter, server_account
from config.embedded.address import socket_dir
from config.embedded.binaries import SYSTEM_DIR
from config.embedded.errors import EmbeddedError
from config.embedded.locks import make_data_dir


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    path: Path
    sockets: Path
    account: Account

    @property
    def data(self) -> Path:
        return self.path / "data"

    @property
    def log(self) -> Path:
        return self.path / "server.log"

    @property
    def alive(self) -> Path:
        """Locked for as long as the server or any process of it lives: see server.py."""
        return self.path / "alive.lock"


def find_home(data_dir: Path) -> Home:
    path = (data_dir / "postgres").resolve()
    return Home(path=path, sockets=socket_dir(data_dir), account=server_account(path))


def prepare_home(data_dir: Path) -> Home:
    """Both folders made, owned by the server's account and closed to others."""
    make_data_dir(data_dir)
    if not find_home(data_dir).path.exists():
        _create(data_dir)
    home = find_home(data_dir)
    for folder in (home.path, home.sockets):
        _own(folder, home.account)
    return home


def _create(data_dir: Path) -> None:
    link, account = data_dir / "postgres", server_account(data_dir / "postgres")
    if can_enter(account, data_dir):
        link.mkdir(mode=0o700)
        return
    # The data folder lies behind a closed one. A name of its own each time: when somebody deletes the data
    # folder to begin afresh, the new keys must not meet the old data.
    SYSTEM_DIR.mkdir(parents=True, exist_ok=True, mode=0o755)
    outside = tempfile.mkdtemp(dir=SYSTEM_DIR, prefix="data-")
    link.unlink(missing_ok=True)
    link.symlink_to(outside)


def _own(folder: Path, account: Account) -> None:
    """The sockets' folder is under a world-writable one: take it over from nobody but ourselves."""
    folder.mkdir(exist_ok=True, mode=0o700)
    found = folder.lstat()
    if found.st_uid not in (account.uid, os.geteuid()) or not stat.S_ISDIR(found.st_mode):
        raise EmbeddedError(
            f"{folder} belongs to another account ({found.st_uid}). Run as that account, or set DATA_DIR "
            "to a folder of your own."
        )
    if found.st_uid != account.uid:
        os.chown(folder, account.uid, account.gid)
    folder.chmod(0o700)
