"""Where the embedded server listens: known from the data folder alone, whether it runs or not."""

import hashlib
from pathlib import Path

DATABASE = "batterycrm"
USER = "batterycrm"


def socket_dir(data_dir: Path) -> Path:
    """A short folder: a socket's path may hold some 107 bytes, and a checkout may lie deeper than that."""
    digest = hashlib.sha256(str(data_dir.resolve()).encode()).hexdigest()[:16]
    return Path("/tmp") / f"batterycrm-{digest}"  # noqa: S108 - created 0700, its owner is verified before use


def database_url(data_dir: Path) -> str:
    """As libpq and django-environ both read it. No password: the socket's folder lets only its owner in."""
    return f"postgres://{USER}@/{DATABASE}?host={socket_dir(data_dir)}"
