"""What django-q2 calls for this app."""

from apps.core import bucket
from apps.core.files import watching
from apps.core.processes.leaving import is_leaving
from apps.core.work.perform import decline
from apps.core.work.perform import run as perform


def run(label: str, pk: int) -> None:
    """Do one row of durable work; a cluster that is shutting down begins nothing new."""
    if is_leaving():
        decline(label, pk)
    else:
        perform(label, pk)


def sweep_buckets() -> None:
    bucket.sweep()


def watch_storage() -> None:
    watching.watch()


DAILY = 24 * 60
SCHEDULES = (
    {"name": "core.sweep_buckets", "func": "apps.core.jobs.sweep_buckets", "minutes": DAILY},
    {"name": "core.watch_storage", "func": "apps.core.jobs.watch_storage", "minutes": 5},
)
ALARMS = {"storage": watching.alarms}
