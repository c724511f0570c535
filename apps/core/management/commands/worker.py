"""`manage.py worker`: everything that does durable work on this machine, under one supervisor."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from apps.core.processes.child import Child
from apps.core.processes.supervisor import Supervisor


class Command(BaseCommand):
    help = "Runs dispatcher and workers, restarts what dies or hangs. SIGTERM: finishes what runs, and ends."

    def handle(self, *args: Any, **options: Any) -> None:
        manage = sys.argv[0]
        Supervisor(
            [Child("dispatch", [manage, "dispatch"]), Child("cluster", [manage, "cluster"])],
        ).run()
