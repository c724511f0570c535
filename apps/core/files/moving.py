"""Files from one store to another: each compared by its SHA-256 before it counts as moved.

What is proven stands in a journal, a line a file, in the format of `sha256sum`. A move that is stopped or
killed goes on from there: no file is taken for moved that is not, and none is deleted before its line is on
disk. What was proven and is not there any more was deleted there since, and is not brought back.
"""

import fcntl
import hashlib
import os
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from django.utils.functional import Promise

from apps.core.files.stores.failing import failure_of
from apps.core.files.stores.remote import PART

BATCH = 200
# With these no other file will fare better.
HOPELESS = frozenset(
    {"unreachable", "tls", "key", "forbidden", "no_bucket", "region", "clock", "not_a_store"}
)
HOPELESS |= {"full", "no_permission"}


class Busy(Exception):
    """Another process moves files between these two."""


class Journal:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.proven: dict[str, str] = {}  # digests by name
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._file = self.path.open("a+b")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._file.close()
            raise Busy from None
        self._read()
        return self

    def _read(self) -> None:
        """A last line that was cut short proves nothing, and is cut off."""
        self._file.seek(0)
        whole = 0
        for line in self._file:
            if not line.endswith(b"\n"):
                break
            digest, _gap, name = line.decode(errors="surrogateescape").rstrip("\n").partition("  ")
            self.proven[name] = digest
            whole += len(line)
        self._file.truncate(whole)

    def note(self, name: str, digest: str) -> None:
        """On disk when it returns."""
        if "\n" in name:  # has no line; compared anew each time
            return
        with self._lock:
            self._file.write(f"{digest}  {name}\n".encode(errors="surrogateescape"))
            self._file.flush()
            os.fsync(self._file.fileno())
            self.proven[name] = digest

    def __exit__(self, kind: type[BaseException] | None, error: Any, trace: TracebackType | None) -> None:
        self._file.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    source: Any
    target: Any
    journal: Journal
    delete: bool = False
    dry_run: bool = False

    def one(self, name: str) -> tuple[str, int]:
        """What became of it, a word of `OUTCOMES`, and its bytes. Raises OSError."""
        try:
            size = int(self.source.size(name))
            if self.dry_run:
                known = "there" if self.target.exists(name) else self._known(name, size)
                return known or "to copy", size
            outcome = self._known(name, size) or self._copy(name)
        except FileNotFoundError:
            return ("gone", 0) if not self.source.exists(name) else ("lost", 0)
        if self.delete and outcome in ("copied", "there"):
            self.source.delete(name)
        return outcome, size

    def _known(self, name: str, size: int) -> str:
        """By the journal; empty for what has to be compared."""
        if name not in self.journal.proven:
            return ""
        try:
            return "there" if self.target.size(name) == size else ""
        except FileNotFoundError:
            return "removed there"

    def _copy(self, name: str) -> str:
        with self.source.open(name) as content:
            digest = _digest(iter(lambda: content.read(PART), b""))
            is_new = self.target.place(name, content)
        if digest_of(self.target, name) != digest:
            if not is_new:
                return "differs"
            self.target.delete(name)  # ours, of a moment ago
            return "altered"
        self.journal.note(name, digest)
        return "copied" if is_new else "there"


# Words of what became of a file; those that call for a person.
OUTCOMES = ("copied", "to copy", "there", "removed there", "gone", "differs", "altered", "lost", "failed")
TROUBLE = ("differs", "altered", "lost", "failed")


@dataclass(slots=True)
class Tally:
    counts: Counter[str]
    size: int = 0

    @property
    def troubled(self) -> int:
        return sum(self.counts[word] for word in TROUBLE)


def move(
    moving: Move,
    names: Iterator[str],
    *,
    at_once: int,
    hear: Callable[[str, str], None],
    pause: Callable[[Tally], None],
) -> Tally:
    """`hear` is told of each file that needs a person, `pause` from time to time of how far it is.

    Raises StoreFailure where one of the two is of no use at all.
    """
    tally = Tally(Counter())
    with ThreadPoolExecutor(at_once) as pool:
        while batch := list(islice(names, BATCH)):
            for name, (outcome, size, why) in zip(
                batch, pool.map(lambda one: _told(moving, one), batch), strict=True
            ):
                tally.counts[outcome] += 1
                tally.size += size
                if outcome in TROUBLE:
                    hear(name, str(why) or outcome)
            pause(tally)
    return tally


def _told(moving: Move, name: str) -> tuple[str, int, str | Promise]:
    """The reason is put into words by the caller: a thread has no language of its own."""
    try:
        outcome, size = moving.one(name)
    except OSError as error:
        failure = failure_of(error)
        if failure.code in HOPELESS:
            raise failure from None
        return "failed", 0, failure.public
    return outcome, size, ""


def names_in(store: Any, folder: str = "") -> Iterator[str]:
    """All files under it, folder by folder, in the order of their names. FileNotFoundError for no folder."""
    folders, files = store.listdir(folder)
    prefix = f"{folder}/" if folder else ""
    yield from (f"{prefix}{name}" for name in sorted(files))
    for name in sorted(folders):
        yield from names_in(store, f"{prefix}{name}")


def digest_of(store: Any, name: str) -> str:
    size = int(store.size(name))
    return _digest(store.read_part(name, start, min(PART, size - start)) for start in range(0, size, PART))


def _digest(pieces: Iterator[bytes]) -> str:
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(piece)
    return digest.hexdigest()
