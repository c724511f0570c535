"""Creates or updates a tenant from a file. See docs/provisioning.md."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.views.decorators.debug import sensitive_variables

from apps.tenants.provisioning.applying import provision
from apps.tenants.provisioning.document import MAX_BYTES
from apps.tenants.provisioning.printing import as_json, as_lines


class Command(BaseCommand):
    help = (
        "Creates or updates a tenant from a YAML file, and prints what changed. "
        "May be run again at any time; what the file does not name is left alone."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE.yaml")
        parser.add_argument("--dry-run", action="store_true", help="only show what would change")
        parser.add_argument("--json", action="store_true", help="print one JSON object, for scripts")
        parser.add_argument(
            "--no-check",
            action="store_true",
            help="do not ask the services of new and changed connections whether they work",
        )

    @sensitive_variables()
    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        try:
            with file.open("rb") as opened:
                content = opened.read(MAX_BYTES + 1)
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}.") from None
        report = provision(
            content, folder=file.parent, dry_run=options["dry_run"], ask_services=not options["no_check"]
        )
        if options["json"]:
            self.stdout.write(json.dumps(as_json(report), ensure_ascii=False, indent=2))
        if report.problems:
            raise CommandError(
                "\n".join([*(f"{file}: {problem}" for problem in report.problems), "Nothing was changed."])
            )
        if not options["json"]:
            self.stdout.write("\n".join(as_lines(report)))
