"""What tests of orders do again and again: the clock strikes, and what is due is done."""

from datetime import timedelta

from django.utils import timezone

from apps.core.models import Bucket, State
from apps.crm import jobs
from apps.crm.models import OrderLook, OrderSync, SyncAttempt
from tests.work import drain


def settle() -> OrderSync:
    """The quarter of an hour has come; whatever waits for a moment is done."""
    jobs.order_agreed()
    return go()


def go() -> OrderSync:
    drain()
    for _ in range(20):
        if not OrderSync.objects.filter(state=State.QUEUED).update(due_at=timezone.now()):
            break
        fill_budget()
        drain()
    return OrderSync.objects.latest("pk")


def fill_budget() -> None:
    Bucket.objects.update(updated_at=timezone.now() - timedelta(minutes=2))


def later() -> None:
    """Nobody works on the request there any more."""
    SyncAttempt.objects.update(synced_at=timezone.now() - timedelta(minutes=5))


def look() -> None:
    """Five minutes have passed, and the round is done, however often its budget ended."""
    OrderLook.objects.update(round_at=None)
    jobs.look_at_orders()
    drain()
    for _ in range(20):
        if not OrderLook.objects.filter(state=State.QUEUED, error_code="").update(due_at=timezone.now()):
            break
        fill_budget()
        drain()
