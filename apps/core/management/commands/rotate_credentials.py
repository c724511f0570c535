"""Re-encrypts every stored secret with the newest of CREDENTIALS_KEYS, so that older keys can be dropped."""

from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError
from django.db import models
from django.db.models import F, TextField, Value
from django.db.models.functions import Cast

from apps.core.fields import EncryptedJSONField
from apps.core.secrets import Undecryptable, decrypt, encrypt, is_current

BATCH = 200
COLUMNS = ("rotated", "old", "current", "changed meanwhile", "unreadable")


class Command(BaseCommand):
    help = (
        "Re-encrypts every stored secret with the newest of CREDENTIALS_KEYS. "
        "May be stopped and started again at any time; edits made meanwhile are kept."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only count what is under an older key")

    def handle(self, *args: Any, dry_run: bool, **options: Any) -> None:
        unreadable = 0
        for model, field in encrypted_fields():
            counts = Counter(_rotate(model, field, pk, old, dry_run) for pk, old in _stored(model, field))
            shown = ", ".join(f"{counts[name]} {name}" for name in COLUMNS if counts[name]) or "empty"
            self.stdout.write(f"{model._meta.label}.{field.name}: {shown}")
            unreadable += counts["unreadable"]
        if unreadable:
            raise CommandError(
                f"{unreadable} rows cannot be opened with any of CREDENTIALS_KEYS. "
                "Put the key they were written with back, or enter their secrets again."
            )


def encrypted_fields() -> Iterator[tuple[type[models.Model], EncryptedJSONField]]:
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.local_fields:
            if isinstance(field, EncryptedJSONField):
                yield model, field


def _raw(model: type[models.Model], field: EncryptedJSONField) -> models.QuerySet[Any]:
    """The rows with their ciphertext as `raw`, whatever the model's own managers hide."""
    rows: models.QuerySet[Any] = models.QuerySet(model=model)
    ciphered: models.QuerySet[Any] = rows.annotate(raw=Cast(F(field.name), TextField()))
    return ciphered.exclude(raw="").exclude(raw=None)


def _stored(model: type[models.Model], field: EncryptedJSONField) -> Iterator[tuple[Any, str]]:
    batch = _raw(model, field).order_by("pk").values_list("pk", "raw")
    rows = list(batch[:BATCH])
    while rows:
        yield from rows
        rows = list(batch.filter(pk__gt=rows[-1][0])[:BATCH])


def _rotate(model: type[models.Model], field: EncryptedJSONField, pk: Any, old: str, dry_run: bool) -> str:
    if is_current(old):
        return "current"
    try:
        new = encrypt(decrypt(old))
    except Undecryptable:
        return "unreadable"
    if dry_run:
        return "old"
    # Only if the row still holds what was read: a person's edit in between stands.
    updated = _raw(model, field).filter(pk=pk, raw=old).update(**{field.name: Value(new, TextField())})
    return "rotated" if updated else "changed meanwhile"
