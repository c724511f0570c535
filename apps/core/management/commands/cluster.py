"""`manage.py cluster`: a fail-fast django-q2 cluster. `manage.py worker` runs one, and restarts it."""

from typing import Any

from django.core.management.base import BaseCommand

from apps.core.processes.cluster import run_cluster
from apps.core.processes.heart import Heart


class Command(BaseCommand):
    help = "Runs the workers of the queue. When one of its processes dies, all end: run it under `worker`."
    requires_system_checks = ["work"]  # all the others need every page loaded

    def handle(self, *args: Any, **options: Any) -> None:
        run_cluster(Heart())
