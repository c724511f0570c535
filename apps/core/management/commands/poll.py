"""`manage.py poll`: the long polls that the apps declare as `jobs.POLLERS`, each in a process of its own."""

import sys
from typing import Any

import structlog
from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.core.processes import kernel
from apps.core.processes.child import Child
from apps.core.processes.heart import Heart, supervisor
from apps.core.processes.leaving import Leaving
from apps.core.processes.supervisor import Supervisor
from apps.core.work.registry import job_modules

log = structlog.get_logger(__name__)


class Command(BaseCommand):
    help = "Runs every declared poller, or the one that is named. With none declared it waits for SIGTERM."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", nargs="?")

    def handle(self, *args: Any, name: str | None = None, **options: Any) -> None:
        pollers = {
            name: poll for module in job_modules() for name, poll in getattr(module, "POLLERS", {}).items()
        }
        if name is None:
            log.info("poll.pollers", declared=sorted(pollers))
            Supervisor([Child(f"poll {each}", [sys.argv[0], "poll", each]) for each in sorted(pollers)]).run()
            return
        if name not in pollers:
            raise CommandError(f"No such poller: {name}. Declared: {', '.join(sorted(pollers)) or 'none'}.")
        leaving = Leaving()
        if (parent := supervisor()) is not None:
            kernel.die_with(parent)
        pollers[name](leaving, Heart())
