"""What buckets have in common: a file is a copy at hand, or is read part by part as it is handed out."""

import io
import mimetypes
import tempfile
from typing import Any, BinaryIO, cast

from django.core.files.base import File

from apps.core.files.sniffing import INLINE, UNKNOWN
from apps.core.files.stores.failing import StoreFailure

PART = 4 * 1024 * 1024
AHEAD = 64 * 1024
TURNS = 10  # names that somebody else takes in the moment between looking and writing
AT_HAND = 1024 * 1024  # bytes of a copy that stay in memory; a larger one lies on disk


class Remote:
    """A mixin of storages. Theirs are `place`, `read_part` and `size`."""

    def _open(self: Any, name: str, mode: str = "rb") -> File:
        """A copy, whole from the first moment: whoever reads it can't be left in the middle."""
        if mode != "rb":
            raise ValueError("Files are stored whole, by save(), and read as bytes.")
        copy = File(cast(Any, whole(self, name)), name)
        copy.mode = mode  # a temporary file could be written to, and FFmpeg would begin to
        return copy

    def _save(self: Any, name: str, content: Any) -> str:
        for _turn in range(TURNS):
            if self.place(name, content):
                return name
            name = self.get_available_name(name)
        raise StoreFailure("refused")

    def in_parts(self: Any, name: str) -> BinaryIO:
        return cast(BinaryIO, Parts(self, name))


class Parts(io.RawIOBase):
    """A file that asks for what is read and little more. FileNotFoundError at once."""

    def __init__(self, store: Any, name: str) -> None:
        self.name, self.size = name, store.size(name)
        self._store, self._at = store, 0
        self._part, self._part_at = b"", 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self.size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def readinto(self, buffer: Any) -> int:
        if self._at >= self.size:
            return 0
        if not self._part_at <= self._at < self._part_at + len(self._part):
            length = min(max(len(buffer), AHEAD), self.size - self._at)
            self._part, self._part_at = self._store.read_part(self.name, self._at, length), self._at
        offset = self._at - self._part_at
        piece = memoryview(self._part)[offset : offset + len(buffer)]
        buffer[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)


def whole(store: Any, name: str) -> BinaryIO:
    copy = cast(BinaryIO, tempfile.SpooledTemporaryFile(max_size=AT_HAND))  # noqa: SIM115 - closed by whoever reads it
    try:
        size = store.size(name)
        for start in range(0, size, PART):
            copy.write(store.read_part(name, start, min(PART, size - start)))
    except BaseException:
        copy.close()
        raise
    copy.seek(0)
    return copy


def type_of(name: str) -> str:
    """As whoever has a link to it is told: nothing that a browser would run."""
    guessed = mimetypes.guess_type(name)[0] or UNKNOWN
    return guessed if guessed in INLINE else UNKNOWN
