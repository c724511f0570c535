"""A client's history, a page at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from apps.appeals.models import Contact
from apps.appeals.timeline.offering import Entry, sources
from apps.tenants.models import Member

PAGE = 15
# Of each source, so that what happened in one moment is all there.
ASKED = 2 * PAGE


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Latest first; `earlier` is where the next page begins, None where all is told."""

    entries: Sequence[Entry]
    earlier: datetime | None


def tell(contact: Contact, *, reader: Member | None, before: datetime | None = None) -> Told:
    """What happened in one moment stands on one page: the next begins before it."""
    parts = [list(source(contact, reader, before, ASKED)) for source in sources().values()]
    entries = sorted(chain.from_iterable(parts), key=lambda entry: entry.at, reverse=True)
    if len(entries) <= PAGE:
        return Told(entries=entries, earlier=None)
    last = entries[PAGE - 1].at
    shown = [entry for entry in entries if entry.at >= last]
    has_more = len(shown) < len(entries) or any(len(part) >= ASKED for part in parts)
    return Told(entries=shown, earlier=last if has_more else None)
