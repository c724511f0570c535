"""Settings and declarations under which durable work would go wrong, found before anything starts."""

from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from apps.core.processes.schedules import declared
from apps.core.work.registry import registered


@register("work")
def queue_settings(app_configs: Sequence[AppConfig] | None = None, **options: Any) -> list[CheckMessage]:
    """An entry must not come back while it still waits, prefetched, for a worker."""
    queue = settings.Q_CLUSTER
    slowest = max([queue["timeout"], *(work.lease.total_seconds() for work in registered().values())])
    needed = slowest * (queue["queue_limit"] / queue["workers"] + 1)
    problems: list[CheckMessage] = []
    if queue["retry"] <= needed:
        problems.append(
            Error(f"Q_CLUSTER: retry must exceed {needed:.0f} s, or entries run twice.", id="core.E001")
        )
    own = {"max_attempts": 1, "ack_failures": True, "save_limit": -1, "orm": "default"}
    problems += [
        Error(f"Q_CLUSTER: {name} must be {value!r}: durable work has its own retries.", id="core.E002")
        for name, value in own.items()
        if queue.get(name) != value
    ]
    return problems


@register("work")
def schedules(app_configs: Sequence[AppConfig] | None = None, **options: Any) -> list[CheckMessage]:
    try:
        rows = declared()
    except (ValueError, KeyError) as error:
        return [Error(f"SCHEDULES: {error}", id="core.E003")]
    if find_spec("croniter") is None and any(row["cron"] for row in rows.values()):
        return [Error("SCHEDULES: cron needs the package croniter.", id="core.E004")]
    return []
