"""Files in a folder of this machine, or of one that is mounted here."""

import errno
import hashlib
import os
from pathlib import Path
from typing import Any

from django.core.files.storage import FileSystemStorage

# What is being placed lies here until it is whole; one name has one place, so a killed move leaves one file.
PLACING = ".placing"
_NO_LINKS = (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK)


class Folder(FileSystemStorage):
    def place(self, name: str, content: Any) -> bool:
        path = Path(self.path(name))
        if path.exists():
            return False
        placing = Path(self.location, PLACING, hashlib.sha256(name.encode()).hexdigest())
        for folder in (placing.parent, path.parent):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write(placing, content)
        try:
            return _link(placing, path)
        finally:
            placing.unlink(missing_ok=True)

    def read_part(self, name: str, start: int, length: int) -> bytes:
        with open(self.path(name), "rb") as file:
            file.seek(start)
            return file.read(length)

    def leaks(self, name: str) -> bool:
        return False

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        folders, files = super().listdir(path)
        return [name for name in folders if name != PLACING], files


def _write(path: Path, content: Any) -> None:
    content.seek(0)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        for piece in iter(lambda: content.read(1024 * 1024), b""):
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())


def _link(placed: Path, path: Path) -> bool:
    """A link fails where there is something, and a rename would not; but some mounted folders have none."""
    try:
        os.link(placed, path)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in _NO_LINKS or path.exists():
            raise
        os.rename(placed, path)
    return True
