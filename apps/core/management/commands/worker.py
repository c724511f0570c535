"""`manage.py worker`: everything that does durable work on this machine, under one supervisor."""

import gc
from typing import Any

from django.core.management.base import BaseCommand

from apps.core.processes.child import Child
from apps.core.processes.cluster import run_cluster
from apps.core.processes.dispatcher import run_dispatcher
from apps.core.processes.supervisor import Supervisor
from apps.core.work.registry import preload


class Command(BaseCommand):
    help = "Runs dispatcher and workers, restarts what dies or hangs. SIGTERM: finishes what runs, and ends."
    requires_system_checks = ["work"]  # all the others need every page loaded

    def handle(self, *args: Any, **options: Any) -> None:
        preload()
        # Forks share what was loaded for as long as nobody writes to it, and a look for garbage does.
        gc.collect()
        gc.freeze()
        Supervisor([Child("dispatch", run_dispatcher), Child("cluster", run_cluster)]).run()
