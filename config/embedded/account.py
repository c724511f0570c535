"""Who the server runs as: PostgreSQL refuses root, so root hands it to an unprivileged account."""

import os
import pwd
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from config.embedded.errors import EmbeddedError

CANDIDATES = ("postgres", "nobody")
# Nothing of the caller's environment (PGDATA, PGPORT, LD_LIBRARY_PATH …) may steer the server.
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_MESSAGES": "C"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    uid: int
    gid: int


def server_account(home: Path) -> Account:
    """Whoever owns the data already; else ourselves; else, for root, an account with the least rights."""
    if os.geteuid() != 0:
        return Account(uid=os.geteuid(), gid=os.getegid())
    if home.exists() and home.stat().st_uid != 0:
        return Account(uid=home.stat().st_uid, gid=home.stat().st_gid)
    for name in CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(uid=entry.pw_uid, gid=entry.pw_gid)
    raise EmbeddedError(
        f"PostgreSQL does not run as root, and there is no account {' or '.join(CANDIDATES)} here."
    )


def run_as(
    account: Account, command: Sequence[str | Path], *, pass_fds: Sequence[int] = ()
) -> subprocess.CompletedProcess[str]:
    """Run to its end as the account, from a folder that every account may enter."""
    other = account.uid != os.geteuid()
    return subprocess.run(
        [str(part) for part in command],
        cwd="/",
        env=ENVIRONMENT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        check=False,
        pass_fds=pass_fds,
        user=account.uid if other else None,
        group=account.gid if other else None,
        extra_groups=[] if other else None,
    )


def can_enter(account: Account, folder: Path) -> bool:
    return run_as(account, ["/bin/sh", "-c", 'cd "$1"', "sh", folder]).returncode == 0


def can_run(account: Account, program: Path) -> bool:
    try:
        return run_as(account, [program, "--version"]).returncode == 0
    except PermissionError:
        return False
