"""Durable work done within a test: claimed and settled as in a worker, without a queue or processes."""

from django.utils import timezone

from apps.core.models import State
from apps.core.work import registered
from apps.core.work.claim import runnable
from apps.core.work.perform import run

MANY_ROUNDS = 50


def drain() -> int:
    """Do everything that is due, and what becomes due by it. Returns how many rows were run."""
    done = 0
    for _ in range(MANY_ROUNDS):
        due = [(label, pk) for label, work in registered().items() for pk in due_ids(label)]
        if not due:
            return done
        for label, pk in due:
            run(label, pk)
        done += len(due)
    raise AssertionError(f"work begets work without end: {due}")


def due_ids(label: str) -> list[int]:
    return list(runnable(registered()[label], timezone.now()).values_list("pk", flat=True))


def close_windows() -> None:
    """As if every open batch's window had ended."""
    from apps.appeals.models import Batch

    Batch.objects.filter(state=State.QUEUED).update(due_at=timezone.now())
