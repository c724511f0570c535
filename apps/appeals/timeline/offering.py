"""What may stand in a client's history: every app's `jobs.TIMELINE`, found by a scan."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise

from apps.appeals.models import Contact
from apps.core.work.registry import job_modules
from apps.tenants.models import Member


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line, in the reader's language. `icon` is a Material symbol, `kind` the word for it; `address`
    leads to the thing itself, where the reader may see it.
    """

    at: datetime
    icon: str
    kind: str | Promise
    text: str
    address: str = ""


# Of one client, what this member may see (None: all), the latest `limit` before a moment (of all times where
# it is None), in any order: as many queries for a long history as for a short one.
Source = Callable[[Contact, Member | None, datetime | None, int], Iterable[Entry]]


def sources() -> Mapping[str, Source]:
    """By a stable word of the app's own."""
    found: dict[str, Source] = {}
    for module in job_modules():
        for kind, source in getattr(module, "TIMELINE", {}).items():
            if kind in found:
                raise LookupError(f"two sources of {kind}")
            found[kind] = source
    return found
