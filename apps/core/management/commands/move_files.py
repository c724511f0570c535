"""Moves files from one storage to another: resumable, each compared by its checksum. See docs/storage.md."""

import hashlib
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, no_translations
from django.template.defaultfilters import filesizeformat
from django.views.decorators.debug import sensitive_variables

from apps.core.files.checking import FOLDER, check
from apps.core.files.moving import OUTCOMES, Busy, Journal, Move, Tally, move, names_in
from apps.core.files.places import HELP, Place, place_named
from apps.core.files.stores.failing import StoreFailure, failure_of

EVERY = 5.0  # seconds between two lines of progress


class Command(BaseCommand):
    help = (
        "Copies all files from one storage to another and compares their checksums. May be stopped and "
        "started again at any time. Nothing is overwritten; nothing is deleted without --delete-source."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("source", metavar="FROM", help=HELP)
        parser.add_argument("target", metavar="TO", help="the same")
        parser.add_argument("--under", default="", help="only this folder, as tenants/12")
        parser.add_argument(
            "--dry-run", action="store_true", help="only count: nothing is written or deleted"
        )
        parser.add_argument(
            "--delete-source", action="store_true", help="delete each file there once its copy is proven"
        )
        parser.add_argument("--at-once", type=int, default=4, help="how many files at a time (4)")

    @sensitive_variables()
    @no_translations
    def handle(
        self,
        *args: Any,
        source: str,
        target: str,
        under: str,
        dry_run: bool,
        delete_source: bool,
        at_once: int,
        **options: Any,
    ) -> None:
        here, there = _place(source), _place(target)
        if here.label == there.label:
            raise CommandError(f"Both are the same: {here}.")
        self.stdout.write(f"From {here} to {there}.")
        try:
            if not dry_run:
                check(there.store)
            with Journal(_journal(here, there)) as journal:
                moving = Move(
                    source=here.store,
                    target=there.store,
                    journal=journal,
                    delete=delete_source and not dry_run,
                    dry_run=dry_run,
                )
                tally = self._move(moving, _names(here.store, under.strip("/")), at_once=max(1, at_once))
        except StoreFailure as failure:
            raise CommandError(f"{failure.public} What is proven is kept; start it again then.") from None
        except Busy:
            raise CommandError("Files are being moved between these two already.") from None
        self._say(tally, end=True)
        if tally.counts["removed there"]:
            self.stdout.write(f"To bring back what was removed there, delete {journal.path} first.")
        if tally.troubled:
            raise CommandError(f"{tally.troubled} files were not moved; they are named above.")

    def _move(self, moving: Move, names: Iterator[str], *, at_once: int) -> Tally:
        said = time.monotonic()

        def pause(tally: Tally) -> None:
            nonlocal said
            if time.monotonic() - said >= EVERY:
                said = time.monotonic()
                self._say(tally)

        return move(moving, names, at_once=at_once, hear=self._complain, pause=pause)

    def _complain(self, name: str, why: str) -> None:
        self.stderr.write(f"{name}: {SAID.get(why, why)}")

    def _say(self, tally: Tally, *, end: bool = False) -> None:
        counts = ", ".join(f"{tally.counts[word]} {word}" for word in OUTCOMES if tally.counts[word])
        self.stdout.write(f"{counts or 'no files'}; {filesizeformat(tally.size)}{'. Done.' if end else ' …'}")
        self.stdout.flush()


SAID = {
    "differs": "another file of this name is there already; both stay as they are",
    "altered": "the copy differed from the file and was removed; the file stays",
    "lost": "the copy was not there when it was to be compared; the file stays",
}


@sensitive_variables()
def _place(word: str) -> Place:
    try:
        return place_named(word)
    except ImproperlyConfigured as error:
        raise CommandError(str(error)) from None


def _journal(here: Place, there: Place) -> Path:
    name = hashlib.sha256(f"{here}\0{there}".encode()).hexdigest()[:16]
    return Path(settings.DATA_DIR) / "moves" / f"{name}.sha256"


def _names(store: Any, under: str) -> Iterator[str]:
    try:
        yield from (name for name in names_in(store, under) if not name.startswith(f"{FOLDER}/"))
    except FileNotFoundError:
        return
    except OSError as error:
        raise failure_of(error) from None
