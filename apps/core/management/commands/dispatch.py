"""`manage.py dispatch`: rings for what is due. `manage.py worker` runs one already."""

from typing import Any

from django.core.management.base import BaseCommand

from apps.core.processes.dispatcher import run_dispatcher
from apps.core.processes.heart import Heart


class Command(BaseCommand):
    help = "Puts due work on the queue and takes back what dead workers held. Any number may run."
    requires_system_checks = ["work"]  # all the others need every page loaded

    def handle(self, *args: Any, **options: Any) -> None:
        run_dispatcher(Heart())
