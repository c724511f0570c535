"""What is done before today's code runs: the database, the static files, and what a first start makes."""

from collections.abc import Callable, Sequence
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connections
from django.utils.module_loading import import_string

from apps.core.assets import collect_changed

# It stands on a floor above core, which imports none of it: by name.
FIRST_START = "apps.appeals.first_start.create_demo"


def prepare() -> Sequence[str]:
    """Does only what is not done yet. Returns what a first start has to tell, which is told once."""
    call_command("migrate", interactive=False, verbosity=0)
    collect_changed()
    create: Callable[[], Sequence[str]] = import_string(FIRST_START)
    lines = create()
    connections.close_all()  # whoever is forked from here opens its own
    return lines


class Command(BaseCommand):
    help = "Migrate, collect static files, and on a first start make an administrator and a demo tenant."

    def handle(self, **_options: Any) -> None:
        for line in prepare():
            self.stdout.write(line)
