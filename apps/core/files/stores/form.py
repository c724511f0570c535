"""A form with one file in it, sent piece by piece: a large file is at no moment in memory."""

import uuid
from collections.abc import Iterator
from typing import Any

PIECE = 64 * 1024


class Form:
    """`requests` takes it as a body and its `len` as Content-Length. From the start each time it is sent."""

    def __init__(self, content: Any, *, name: str, content_type: str) -> None:
        boundary = uuid.uuid4().hex
        self.content_type = f"multipart/form-data; boundary={boundary}"
        quoted = name.replace("\\", "").replace('"', "")
        self._head = (
            f"--{boundary}\r\n"
            f'Content-Disposition: form-data; name="file"; filename="{quoted}"\r\n'
            f"Content-Type: {content_type}\r\n\r\n"
        ).encode()
        self._tail = f"\r\n--{boundary}--\r\n".encode()
        self._content = content
        self.len = len(self._head) + content.seek(0, 2) + len(self._tail)

    def __iter__(self) -> Iterator[bytes]:
        yield self._head
        self._content.seek(0)
        yield from iter(lambda: self._content.read(PIECE), b"")
        yield self._tail
