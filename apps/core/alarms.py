"""What a person should look at although no work failed: every app's `jobs.ALARMS`, found by a scan."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise

from apps.core.work.registry import job_modules


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """One thing, in the reader's language. It is raised for as long as its source returns it.

    `subject` names it in /metrics: the same for the same thing, never a secret or a client's name. `page` is
    where the thing itself is seen, `advice` what whoever administers it should do. `act` is what the way out
    is called and `address` where it leads; with `by_post` it changes something at once. `connection_id` puts
    it on that connection's card.
    """

    subject: str
    title: str | Promise
    text: str | Promise
    since: datetime
    page: str
    address: str
    act: str | Promise
    advice: str | Promise = ""
    by_post: bool = False
    connection_id: int | None = None


# Those raised at this moment, of one tenant, or of all where the id is None: one statement or a few.
Source = Callable[[int | None], Iterable[Alarm]]


def sources() -> Mapping[str, Source]:
    """By kind, a stable word that /metrics counts under."""
    found: dict[str, Source] = {}
    for module in job_modules():
        for kind, source in getattr(module, "ALARMS", {}).items():
            if kind in found:
                raise LookupError(f"two sources of {kind}")
            found[kind] = source
    return found


def raised(tenant_id: int | None) -> list[Alarm]:
    """Longest first. `None` means all tenants."""
    alarms = (alarm for source in sources().values() for alarm in source(tenant_id))
    return sorted(alarms, key=lambda alarm: alarm.since)
