"""Hours become rows of figures: those that a change has touched, anew and whole, newest first.

What is to be redone stands in `StaleHour` since the change's own transaction. An hour's marks are taken away
and its figures written in one transaction, marks first: whatever these told of is committed, so the
statements after them see it; whatever is committed later leaves marks of its own. Figures are exact
once no marks are left, and a process that dies in between leaves everything as it was.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from time import monotonic
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from django.db import connection, transaction

from apps.appeals.dashboard.measuring import measure
from apps.appeals.dashboard.statements import DELETE, INSERT, UNMARK
from apps.appeals.models import StaleHour
from apps.tenants.models import Tenant

log = structlog.get_logger(__name__)

# In one transaction.
HOURS = 48
# In one call: the next comes a minute later, and others want the worker too.
BUDGET = 40.0
LOCK = 0x0F16


def roll_up_all(*, budget: float = BUDGET) -> None:
    """Each organisation in turn, a little of each, so that a large one's past holds up nobody's present."""
    ends = monotonic() + budget
    waiting = list(StaleHour.objects.order_by().values_list("tenant", flat=True).distinct())
    while waiting and monotonic() < ends:
        waiting = [tenant_id for tenant_id in waiting if roll_up(tenant_id) and monotonic() < ends]


def roll_up(tenant_id: int) -> bool:
    """Some hours; whether there may be more."""
    tenant = Tenant.objects.filter(pk=tenant_id).first()
    if tenant is None:
        StaleHour.objects.filter(tenant=tenant_id).delete()
        return False
    with transaction.atomic():
        if not _is_ours(tenant_id):
            return False
        hours = _stale(tenant)
        if hours:
            _redo(tenant, hours)
    return len(hours) == HOURS


def _is_ours(tenant_id: int) -> bool:
    """One process for one organisation: two would write the same hour twice."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [LOCK, tenant_id % 2**31])
        return bool(cursor.fetchone()[0])


def _stale(tenant: Tenant) -> list[datetime]:
    """Hours by the organisation's clock: not everywhere are they the world's."""
    zone = ZoneInfo(tenant.timezone)
    marks = StaleHour.objects.filter(tenant=tenant).order_by("-at").values_list("at", flat=True)
    hours: dict[datetime, None] = {}
    # Marks of one hour stand together; a busy one has many.
    for at in marks.iterator(chunk_size=2000):
        hours.setdefault(hour_of(at, zone))
        if len(hours) > HOURS:
            break
    return list(hours)[:HOURS]


def hour_of(at: datetime, zone: ZoneInfo) -> datetime:
    """Its beginning. What is taken off is time that went by, also in the night when the clock is put back."""
    local = at.astimezone(zone)
    past = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
    return at - past


def _redo(tenant: Tenant, hours: Sequence[datetime]) -> None:
    given: dict[str, Any] = {"tenant": tenant.pk, "hours": list(hours)}
    with connection.cursor() as cursor:
        cursor.execute(UNMARK, given)
        measure(tenant=tenant, hours=hours)
        cursor.execute(DELETE, given)
        cursor.execute(INSERT, given)
    log.info("figures.rolled_up", tenant=tenant.pk, hours=len(hours))
