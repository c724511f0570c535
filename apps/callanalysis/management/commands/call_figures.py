"""manage.py call_figures: whether the report's figures are what calls add up to; makes them anew."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.callanalysis.figures.rolling import differing, redo_all, roll_up
from apps.tenants.models import Tenant


class Command(BaseCommand):
    help = (
        "Compares the report's figures with the calls themselves, once all that is stale has been added up. "
        "With --rebuild all of them are made anew before."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tenant", metavar="SLUG", help="one organisation; else all, one after another")
        parser.add_argument("--rebuild", action="store_true", help="make the figures of all days anew")

    def handle(self, *, tenant: str | None, rebuild: bool, **options: Any) -> None:
        tenants = Tenant.objects.order_by("slug")
        chosen = list(tenants if tenant is None else tenants.filter(slug=tenant))
        if not chosen:
            raise CommandError("There is no such organisation: see the short names in the admin.")
        wrong = [one.slug for one in chosen if not self._is_right(one, rebuild=rebuild)]
        if wrong:
            raise CommandError(
                f"Figures differ from the calls of: {', '.join(wrong)}. Where calls come in just now, look "
                "again; otherwise run it with --rebuild."
            )

    def _is_right(self, tenant: Tenant, *, rebuild: bool) -> bool:
        if rebuild:
            redo_all(tenant)
        while roll_up(tenant.pk):
            pass
        found = differing(tenant)
        told = ", ".join(f"{name} {count}" for name, count in found.items())
        self.stdout.write(f"{tenant.slug}: rows that differ: {told}")
        return not any(found.values())
