"""A beat that a supervised process sends to its supervisor over a pipe: silence means that it hangs."""

import os
from contextlib import suppress


class Heart:
    """Without a pipe nobody supervises, and it beats for itself."""

    def __init__(self, pipe: int | None = None) -> None:
        self._pipe = pipe
        if pipe is not None:
            os.set_blocking(pipe, False)

    def beat(self) -> None:
        if self._pipe is None:
            return
        with suppress(BlockingIOError):  # the supervisor is slow to listen: it has beats enough to read
            os.write(self._pipe, b".")
