"""What this process holds, told to the machine it runs on: so that its death is noticed at once.

A lease says only how long to wait for a worker that may be gone. Here each worker notes the row it works
on in a small file that it keeps locked; the kernel frees the lock when the process dies, however it dies,
and any dispatcher on the same machine then takes the row back without waiting. Elsewhere, and where no file
can be written, the lease decides.
"""

import fcntl
import json
import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from pathlib import Path

import structlog
from django.conf import settings

log = structlog.get_logger(__name__)

# Kind, row, and the end of its lease, which tells this claim from every other.
Held = tuple[str, int, datetime]
Note = Callable[[str, int, datetime], None]


@contextmanager
def holding() -> Iterator[Note]:
    """What is noted inside this block is forgotten at its end.

    Also when the outcome could not be written: the process lives on, and the lease decides.
    """
    file = _file_of(os.getpid())

    def note(label: str, pk: int, lease_until: datetime) -> None:
        if file is not None:
            os.pwrite(file, json.dumps([label, pk, lease_until.isoformat()]).encode(), 0)

    try:
        yield note
    finally:
        if file is not None:
            os.ftruncate(file, 0)


def abandoned() -> Iterator[Held]:
    """Rows whose worker died on this machine, each forgotten once it was taken back."""
    for path in sorted(_folder().glob("*.held")):
        note = _open_dead(path)
        if note is None:
            continue
        try:
            if held := _read(note):
                yield held
            path.unlink(missing_ok=True)
        finally:
            os.close(note)


def _read(note: int) -> Held | None:
    content = os.pread(note, 1000, 0)
    if not content:
        return None
    try:
        label, pk, lease_until = json.loads(content)
    except ValueError:
        log.warning("work.note_unreadable")
        return None
    return label, pk, datetime.fromisoformat(lease_until)


def _open_dead(path: Path) -> int | None:
    """The note, locked, when the one who wrote it is gone."""
    try:
        note = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except OSError:  # another dispatcher was first, or it is another account's
        return None
    try:
        fcntl.flock(note, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(note)
        return None
    return note


@cache
def _file_of(pid: int) -> int | None:
    """This process's own. By process id, so that a fork does not write into its parent's."""
    try:
        return _make_file(_folder() / f"{uuid.uuid4().hex}.held")
    except OSError:
        log.warning("work.no_notes_of_what_is_held", folder=str(_folder()), exc_info=True)
        return None


def _make_file(path: Path) -> int:
    """Locked before it bears its name: nobody may think it left behind."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    note = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    fcntl.flock(note, fcntl.LOCK_EX)
    draft.rename(path)
    return note


def _folder() -> Path:
    return Path(settings.DATA_DIR) / "held"
