"""`manage.py poll`: the long polls that the apps declare as `jobs.POLLERS`, each in a process of its own."""

from typing import Any

import structlog
from django.core.management.base import BaseCommand

from apps.core.processes.child import Child
from apps.core.processes.supervisor import Supervisor
from apps.core.work.registry import job_modules

log = structlog.get_logger(__name__)


class Command(BaseCommand):
    help = "Runs every declared poller and restarts what dies or hangs. With none it waits for SIGTERM."
    requires_system_checks = ["work"]  # all the others need every page loaded

    def handle(self, *args: Any, **options: Any) -> None:
        pollers = dict(item for module in job_modules() for item in getattr(module, "POLLERS", {}).items())
        log.info("poll.pollers", declared=sorted(pollers))
        Supervisor([Child(name, poll) for name, poll in sorted(pollers.items())]).run()
