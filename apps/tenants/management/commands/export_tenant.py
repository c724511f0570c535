"""Writes a tenant as a file for `provision`, without secrets. See docs/provisioning.md."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.tenants.models import Tenant
from apps.tenants.provisioning.exporting import export_tenant


class Command(BaseCommand):
    help = "Writes a tenant to the standard output as a YAML file for `provision`, without secrets."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", metavar="SLUG")

    def handle(self, *args: Any, slug: str, **options: Any) -> None:
        tenant = Tenant.objects.filter(slug=slug).first()
        if tenant is None:
            raise CommandError(f"There is no tenant “{slug}”.")
        self.stdout.write(export_tenant(tenant), ending="")
