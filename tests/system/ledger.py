"""What a running system has in its database about one tenant, counted from outside of it."""

import json
import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from config import embedded

_COUNTS = {
    "events": "SELECT count(*) FROM channels_inboundevent WHERE tenant_id = %(tenant)s",
    "deliveries": "SELECT coalesce(sum(deliveries), 0) FROM channels_inboundevent"
    " WHERE tenant_id = %(tenant)s",
    "read": "SELECT count(*) FROM channels_inboundevent"
    " WHERE tenant_id = %(tenant)s AND state = 'done' AND outcome = 'message'",
    "messages": "SELECT count(*) FROM appeals_message WHERE tenant_id = %(tenant)s AND author = 'client'",
    "texts": "SELECT count(DISTINCT text) FROM appeals_message"
    " WHERE tenant_id = %(tenant)s AND author = 'client'",
    # A message stands in an appeal by itself and through its batch, and both must name the same.
    "in_an_appeal": "SELECT count(*) FROM appeals_message m JOIN appeals_batch b ON b.id = m.batch_id"
    " WHERE m.tenant_id = %(tenant)s AND m.author = 'client' AND m.appeal_id = b.appeal_id",
    "conversations": "SELECT count(*) FROM appeals_conversation WHERE tenant_id = %(tenant)s",
    "contacts": "SELECT count(*) FROM appeals_contact WHERE tenant_id = %(tenant)s",
    "appeals": "SELECT count(*) FROM appeals_appeal WHERE tenant_id = %(tenant)s",
    "clients_with_an_appeal": "SELECT count(DISTINCT contact_id) FROM appeals_appeal"
    " WHERE tenant_id = %(tenant)s",
    "drafts": "SELECT count(*) FROM appeals_draft WHERE tenant_id = %(tenant)s AND fate = 'waiting'",
    "unsettled": "SELECT (SELECT count(*) FROM channels_inboundevent"
    " WHERE tenant_id = %(tenant)s AND state IN ('queued', 'running'))"
    " + (SELECT count(*) FROM appeals_batch"
    " WHERE tenant_id = %(tenant)s AND state IN ('queued', 'running'))",
}
_LATENESS = (
    "SELECT extract(epoch FROM closed_at - due_at) AS late FROM appeals_batch"
    " WHERE tenant_id = %(tenant)s AND closed_at IS NOT NULL ORDER BY late"
)


class Ledger:
    """`%(tenant)s` in a statement is the tenant."""

    def __init__(self, connection: psycopg.Connection[Any], slug: str) -> None:
        self._connection = connection
        self._tenant: int | None = None
        self._tenant = self.value("SELECT id FROM tenants_tenant WHERE slug = %(slug)s", slug=slug)

    def count(self, name: str) -> int:
        return int(self.value(_COUNTS[name]))

    def counts(self, *names: str) -> dict[str, int]:
        return {name: self.count(name) for name in names}

    def value(self, statement: str, **values: Any) -> Any:
        """The first column of the first row; None where there is none."""
        row = self._run(statement, values).fetchone()
        return row[0] if row else None

    def column(self, statement: str, **values: Any) -> list[Any]:
        return [row[0] for row in self._run(statement, values)]

    def is_settled(self, *, messages: int) -> bool:
        """All has been read, and every window has closed."""
        return self.count("read") >= messages and self.count("unsettled") == 0

    def empty_the_queue(self) -> int:
        """Everybody's."""
        return self._run("DELETE FROM django_q_ormq", {}).rowcount

    def lateness(self) -> list[float]:
        """For each batch: seconds from its window's end until it was routed, in ascending order."""
        return [float(seconds) for seconds in self.column(_LATENESS)]

    def _run(self, statement: str, values: dict[str, Any]) -> psycopg.Cursor[Any]:
        return self._connection.execute(statement, {"tenant": self._tenant, **values})


@contextmanager
def opened(data_dir: Path, slug: str) -> Iterator[Ledger]:
    with psycopg.connect(embedded.database_url(data_dir), autocommit=True) as connection:
        yield Ledger(connection, slug)


_ACCOUNTING = """
import json
import math
from datetime import timedelta
from django.utils import timezone
from apps.channels.accounting import tally
from apps.channels.models import InboundEvent
lines = tally(InboundEvent.objects.filter(tenant__slug={slug!r}), begin=timezone.now() - timedelta(days=1))
print(json.dumps([dict(received=l.received, ended=dict(l.ended), adds_up=l.adds_up) for l in lines]))
"""


def accounting(manage: Any, slug: str) -> dict[str, Any]:
    """The one line that the page of incoming events shows for the tenant's only channel."""
    (line,) = json.loads(manage("shell", "-v", "0", "-c", _ACCOUNTING.format(slug=slug)))
    found: dict[str, Any] = line
    return found


def percentile(values: list[float], share: float) -> float:
    """Of values in ascending order; nearest rank."""
    return values[max(0, math.ceil(share * len(values)) - 1)]
