"""Which kinds of durable work exist: every app's `jobs.WORK`, found by a scan."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any

from django.apps import apps
from django.utils.functional import Promise

from apps.core.models import DurableWork

# What a handler returns: it runs inside the transaction that writes the outcome, so that both happen or
# neither. It touches the database alone, and may be called again when a lost connection rolled it back.
Effect = Callable[[], None]


def _always(row: Any) -> bool:
    return True


def _none(row: Any) -> timedelta:
    return timedelta()


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One kind of durable work.

    `run(row)` is called outside any transaction and may talk to the outside; it raises one of `core.errors`
    or returns the Effect. `repeatable(row)` says whether a row whose worker vanished may simply run again;
    where it may not (a message may already be with the client) the row becomes `unknown`. `settled(row)` is
    called in the outcome's own transaction once the row is done, failed or unknown. `rest(row)` is how long
    the lane of a settled row rests before the next of it is due; asked of every row with a lane, it must be
    cheap. `lease` must exceed every time-out inside `run`: a run that is still going when it ends is broken
    off. `pauses` are what lies between the tries of a row that fails for the moment, where a kind promises
    certain ones; each is drawn out by up to a tenth, and the last holds for all that follow. `pages(rows)`
    gives, by row id, the address where a person sees it among what it belongs to; without it that is the
    admin's own page.
    """

    model: str
    title: str | Promise
    run: Callable[[Any], Effect | None]
    lease: timedelta = timedelta(minutes=2)
    max_failures: int = 8
    pauses: Sequence[timedelta] = ()
    repeatable: Callable[[Any], bool] = _always
    settled: Callable[[Any], None] | None = None
    rest: Callable[[Any], timedelta] = _none
    pages: Callable[[Sequence[Any]], Mapping[int, str]] | None = None

    @property
    def model_class(self) -> type[DurableWork]:
        model: type[DurableWork] = apps.get_model(self.model)
        return model


def job_modules() -> Iterator[ModuleType]:
    """The `jobs` module of every installed app that has one."""
    for config in apps.get_app_configs():
        if find_spec(f"{config.name}.jobs") is not None:
            yield import_module(f"{config.name}.jobs")


@cache
def registered() -> dict[str, Work]:
    """All kinds by their model's label, e.g. `channels.Delivery`."""
    found: dict[str, Work] = {}
    for module in job_modules():
        for work in getattr(module, "WORK", ()):
            if work.model in found:
                raise LookupError(f"two handlers for {work.model}")
            found[work.model] = work
    return found


def preload() -> None:
    """Every app's `jobs.PRELOAD`: what takes seconds to import is imported once, before workers fork."""
    for module in job_modules():
        for load in getattr(module, "PRELOAD", ()):
            load()


def find(label: str) -> Work:
    return registered()[label]
