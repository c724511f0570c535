"""Whether this process has been asked to end: by a signal, or by the cluster it is a worker of."""

import signal
import time
from multiprocessing.synchronize import Event

_told_by_the_cluster: list[Event] = []


class Leaving:
    """SIGTERM and SIGINT only raise a flag: whoever works looks at it between two steps."""

    def __init__(self) -> None:
        self._asked = False
        self._interrupts = 0
        signal.signal(signal.SIGTERM, self._ask)
        signal.signal(signal.SIGINT, self._ask)

    def __bool__(self) -> bool:
        return self._asked

    @property
    def at_once(self) -> bool:
        """Ctrl-C pressed again: somebody does not want to wait. (SIGTERM may well come from two masters.)"""
        return self._interrupts > 1

    def pause(self, seconds: float) -> None:
        """Sleep, but not on when asked to leave."""
        until = time.monotonic() + seconds
        while not self._asked and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, 0.1))

    def _ask(self, number: int, frame: object) -> None:
        self._asked = True
        self._interrupts += number == signal.SIGINT


def follow(event: Event) -> None:
    """Processes forked after this one learn by `event` that the cluster is shutting down."""
    _told_by_the_cluster[:] = [event]


def is_leaving() -> bool:
    return any(event.is_set() for event in _told_by_the_cluster)
