"""What django-q2 calls for this app."""

from apps.callanalysis import journal


def sweep_requests() -> None:
    journal.sweep()


DAILY = 24 * 60
SCHEDULES = (
    {
        "name": "callanalysis.sweep_requests",
        "func": "apps.callanalysis.jobs.sweep_requests",
        "minutes": DAILY,
    },
)
