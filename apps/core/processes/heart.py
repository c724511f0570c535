"""A beat that a supervised process sends to its supervisor over a pipe: silence means that it hangs."""

import os
from contextlib import suppress

PARENT, BEAT = "SUPERVISED_BY", "SUPERVISED_BEAT"


class Heart:
    """Silent where nobody supervises. Taking it over from the environment hides it from our own children."""

    def __init__(self) -> None:
        descriptor = os.environ.pop(BEAT, "")
        self._pipe = int(descriptor) if descriptor else None
        if self._pipe is not None:
            os.set_inheritable(self._pipe, False)
            os.set_blocking(self._pipe, False)

    def beat(self) -> None:
        if self._pipe is None:
            return
        with suppress(BlockingIOError):  # the supervisor is slow to listen: it has beats enough to read
            os.write(self._pipe, b".")


def supervisor() -> int | None:
    """The process id of the one who started us to be supervised."""
    parent = os.environ.pop(PARENT, "")
    return int(parent) if parent else None
