"""`manage.py cluster`: a fail-fast django-q2 cluster. Usually started by `manage.py worker`."""

from typing import Any

from django.core.management.base import BaseCommand

from apps.core.processes import kernel
from apps.core.processes.cluster import FailFastCluster
from apps.core.processes.heart import Heart, supervisor


class Command(BaseCommand):
    help = "Runs the workers of the queue. When one of its processes dies, all end: run it under `worker`."

    def handle(self, *args: Any, **options: Any) -> None:
        if (parent := supervisor()) is not None:
            kernel.die_with(parent)
        FailFastCluster(heart=Heart()).run()
