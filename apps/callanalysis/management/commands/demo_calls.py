"""manage.py demo_calls: invented calls with their marks, to look at or to measure by."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from apps.callanalysis.demo_calls import Size, fill
from apps.tenants.models import Tenant

SMALL = Size(calls=2_000, managers=8)
SCALE = Size(calls=200_000, managers=50)


class Command(BaseCommand):
    help = "Fills an organisation with invented calls of the past year, transcribed, judged and corrected."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tenant", default="demo", help="its short name; made where there is none")
        parser.add_argument("--scale", action="store_true", help="as much as a large organisation has")
        for name in ("calls", "managers"):
            parser.add_argument(f"--{name}", type=int, help="instead of the usual number")

    def handle(self, *, tenant: str, scale: bool, **options: Any) -> None:
        usual = SCALE if scale else SMALL
        size = Size(calls=options["calls"] or usual.calls, managers=options["managers"] or usual.managers)
        if min(size.calls, size.managers) < 1:
            raise CommandError("Numbers must be positive.")
        found, _made = Tenant.objects.get_or_create(slug=tenant, defaults={"name": tenant})
        began = time.monotonic()
        fill(tenant=found, size=size)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        took = time.monotonic() - began
        self.stdout.write(f"{found}: {size.calls} calls of {size.managers} managers; {took:.0f} s")
