"""manage.py demo_data: invented clients and appeals, to look at or to measure by."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from apps.appeals.demo_data.filling import Size, fill
from apps.tenants.models import Tenant

SMALL = Size(messages=600, appeals=80, operators=4)
SCALE = Size(messages=1_000_000, appeals=100_000, operators=50)


class Command(BaseCommand):
    help = "Fills an organisation with invented clients, messages and appeals of the past year."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tenant", default="demo", help="its short name; made where there is none")
        parser.add_argument("--scale", action="store_true", help="as much as a large organisation has")
        for name in ("messages", "appeals", "operators"):
            parser.add_argument(f"--{name}", type=int, help="instead of the usual number")

    def handle(self, *, tenant: str, scale: bool, **options: Any) -> None:
        usual = SCALE if scale else SMALL
        size = Size(
            **{
                name: usual_one if options[name] is None else options[name]
                for name, usual_one in (
                    ("messages", usual.messages),
                    ("appeals", usual.appeals),
                    ("operators", usual.operators),
                )
            }
        )
        if min(size.messages, size.appeals, size.operators) < 1 or size.messages < size.appeals:
            raise CommandError("Numbers must be positive, and no appeal is without a message.")
        found, _made = Tenant.objects.get_or_create(slug=tenant, defaults={"name": tenant})
        began = time.monotonic()
        fill(tenant=found, size=size)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        took = time.monotonic() - began
        self.stdout.write(
            f"{found}: {size.messages} messages, {size.appeals} appeals, {size.operators} operators; "
            f"{took:.0f} s"
        )
