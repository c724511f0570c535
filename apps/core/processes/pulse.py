"""What a cluster's sentinel tells the cluster's first process: that it lives, and whether work moves."""

import time
from multiprocessing.sharedctypes import RawArray

BEAT, MOVED, MOVED_AT, HUNGRY = range(4)


class Pulse:
    """Shared memory without a lock, since a dead process could hold it; one writer."""

    def __init__(self) -> None:
        now = time.monotonic()
        self._values = RawArray("d", [now, 0, now, 0])

    def beat(self, *, moved: int, hungry: bool) -> None:
        """`moved` counts what workers took on; `hungry`: one is idle, and nothing is ready for it."""
        now = time.monotonic()
        if self._values[MOVED] != moved:
            self._values[MOVED], self._values[MOVED_AT] = moved, now
        self._values[HUNGRY] = hungry
        self._values[BEAT] = now

    @property
    def age(self) -> float:
        return time.monotonic() - float(self._values[BEAT])

    @property
    def still_for(self) -> float:
        return time.monotonic() - float(self._values[MOVED_AT])

    @property
    def hungry(self) -> bool:
        return bool(self._values[HUNGRY])
