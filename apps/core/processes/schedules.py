"""Every app's `jobs.SCHEDULES` as rows of django-q2's Schedule: declared in code, never clicked together."""

from collections.abc import Iterator
from typing import Any

import structlog
from django.db import connection, transaction
from django.utils import timezone
from django_q.models import Schedule

from apps.core.work.registry import job_modules

log = structlog.get_logger(__name__)

PREFIX = "code:"  # ours; rows of other names are left alone
LOCK = 0x5C4ED01E


def declared() -> dict[str, dict[str, Any]]:
    """By row name: what the row must say. Raises ValueError for a declaration that says neither or both."""
    return dict(_declarations())


def sync_schedules() -> None:
    """One at a time: several processes start together, and the name is not unique."""
    wanted = declared()
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        ours = {row.name: row for row in Schedule.objects.filter(name__startswith=PREFIX)}
        kept = [row.pk for name, row in ours.items() if name in wanted]
        Schedule.objects.filter(name__startswith=PREFIX).exclude(pk__in=kept).delete()
        for name, values in wanted.items():
            _write(ours.get(name), name, values)


def _write(row: Schedule | None, name: str, values: dict[str, Any]) -> None:
    """An unchanged row keeps its next run: a restart neither hurries nor delays it."""
    if row is None:
        Schedule.objects.create(name=name, next_run=timezone.now(), **values)
    elif any(getattr(row, field) != value for field, value in values.items()):
        for field, value in values.items():
            setattr(row, field, value)
        row.next_run = (
            row.calculate_next_run(timezone.now()) if row.schedule_type == row.CRON else timezone.now()
        )
        row.save()
    else:
        return
    log.info("schedules.written", name=name)


def _declarations() -> Iterator[tuple[str, dict[str, Any]]]:
    for module in job_modules():
        for schedule in getattr(module, "SCHEDULES", ()):
            minutes, cron = schedule.get("minutes"), schedule.get("cron")
            if (minutes is None) == (cron is None):
                raise ValueError(f"{schedule['name']}: either minutes or cron")
            kind = Schedule.MINUTES if cron is None else Schedule.CRON
            yield (
                f"{PREFIX}{schedule['name']}",
                {
                    "func": schedule["func"],
                    "schedule_type": kind,
                    "minutes": minutes,
                    "cron": cron,
                    "repeats": -1,
                },
            )
