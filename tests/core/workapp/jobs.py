import os
import signal
import time
from collections.abc import Callable
from datetime import timedelta

from django.db import connection
from django.db.models import F
from django.utils import timezone

from apps.core.errors import AuthFailed, RateLimited, Rejected, Transient
from apps.core.work import Effect, Work
from tests.core.workapp.models import Chore, Gate, Trace


def perform(chore: Chore) -> Effect:
    trace = Trace.objects.create(chore_id=chore.pk, process=os.getpid())
    DEEDS[chore.does](chore)
    Trace.objects.filter(pk=trace.pk).update(ended=timezone.now())

    def effect() -> None:
        Chore.objects.filter(pk=chore.pk).update(done=F("done") + 1)

    return effect


def nothing(chore: Chore) -> None:
    pass


def linger(chore: Chore) -> None:
    time.sleep(0.05)


def wait(chore: Chore) -> None:
    until = time.monotonic() + 30
    while not Gate.objects.exists() and time.monotonic() < until:
        time.sleep(0.02)


def send(chore: Chore) -> None:
    """Longer than the test needs to cut every connection."""
    connection.close()
    time.sleep(1.0)


def kill(chore: Chore) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def limit(chore: Chore) -> None:
    raise RateLimited(after=timedelta(minutes=5))


def falter(chore: Chore) -> None:
    raise Transient


def reject(chore: Chore) -> None:
    raise Rejected(code="too_long")


def lock_out(chore: Chore) -> None:
    raise AuthFailed


def blunder(chore: Chore) -> None:
    raise ZeroDivisionError("secret-token-in-an-exception")


DEEDS: dict[str, Callable[[Chore], None]] = {
    deed.__name__: deed
    for deed in (
        nothing, linger, wait, send, kill, limit, falter, reject, lock_out, blunder,
    )
}  # fmt: skip

WORK = (
    Work(
        model="workapp.Chore",
        title="Chores",
        run=perform,
        lease=timedelta(seconds=60),
        repeatable=lambda chore: chore.repeatable,
    ),
    Work(model="workapp.Errand", title="Errands", run=lambda errand: None),
)
SCHEDULES = ({"name": "workapp.tidy", "func": "tests.core.workapp.jobs.tidy", "minutes": 15},)


def tidy() -> None:
    """Scheduled."""
