"""Whether files can be stored, read and deleted where STORAGE_URL says. See docs/storage.md."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, no_translations
from django.views.decorators.debug import sensitive_variables

from apps.core.files.checking import check
from apps.core.files.places import HELP, place_named
from apps.core.files.stores.failing import StoreFailure


class Command(BaseCommand):
    help = "Writes a small file to the storage, reads it back, and deletes it again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("storage", nargs="?", default="current", metavar="STORAGE", help=HELP)

    @sensitive_variables()
    @no_translations
    def handle(self, *args: Any, storage: str, **options: Any) -> None:
        try:
            place = place_named(storage)
        except ImproperlyConfigured as error:
            raise CommandError(str(error)) from None
        try:
            warnings = check(place.store)
        except StoreFailure as failure:
            raise CommandError(f"{place}: {failure.public}") from None
        for warning in warnings:
            self.stdout.write(self.style.WARNING(f"{place}: {warning}"))
        self.stdout.write(f"{place}: written, read whole and in part, deleted. All is well.")
