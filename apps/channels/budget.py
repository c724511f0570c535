"""What strangers may leave with us: bodies whose account is unknown are kept, but must not fill the disk."""

from datetime import timedelta

from apps.core.bucket import take

# Bytes, over all of them: what waits for an account that is about to be connected takes a fraction of it.
A_DAY = 200 * 1024 * 1024
# What a row takes beside its body, indexes included.
ROW = 2_000


class Spent(Exception):
    """The day's budget is used up. Whoever sent it should come again after `wait`."""

    def __init__(self, wait: timedelta) -> None:
        self.wait = wait
        super().__init__()


def charge(*, body: bytes) -> None:
    """Raises Spent. It refills evenly over the day."""
    wait = take("unproven", rate=A_DAY / 86_400, burst=A_DAY, cost=min(len(body) + ROW, A_DAY))
    if wait:
        raise Spent(wait)
