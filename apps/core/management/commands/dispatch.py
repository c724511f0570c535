"""`manage.py dispatch`: rings for what is due. Usually started by `manage.py worker`."""

from typing import Any

from django.core.management.base import BaseCommand

from apps.core.processes import kernel
from apps.core.processes.dispatcher import Dispatcher
from apps.core.processes.heart import Heart, supervisor
from apps.core.processes.leaving import Leaving
from apps.core.processes.schedules import sync_schedules


class Command(BaseCommand):
    help = "Puts due work on the queue and takes back what dead workers held. Any number may run."

    def handle(self, *args: Any, **options: Any) -> None:
        leaving = Leaving()
        if (parent := supervisor()) is not None:
            kernel.die_with(parent)
        Dispatcher(heart=Heart(), prepare=sync_schedules).run(leaving)
