"""Days become rows of figures, and weeks: those that a change has touched, anew and whole, newest first.

As the front page's hours (`appeals.dashboard.rolling`): a day's marks are taken away and its figures written
in one transaction, marks first. Figures are exact once no marks are left, and a process that dies in between
leaves everything as it was.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from time import monotonic
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from django.db import connection, transaction

from apps.callanalysis.figures.periods import days_of_week, monday
from apps.callanalysis.figures.statements import ROLLUPS, UNMARK
from apps.callanalysis.models import Call, StaleCalls
from apps.tenants.models import Tenant

log = structlog.get_logger(__name__)

ONE_DAY = timedelta(days=1)
# In one transaction.
DAYS = 7
# In one call: the next comes a minute later, and others want the worker too.
BUDGET = 40.0
# Any number of our own.
LOCK = 0x0CA1


def roll_up_all(*, budget: float = BUDGET) -> None:
    """Each organisation in turn, a little of each, so that a large one's past holds up nobody's present."""
    ends = monotonic() + budget
    waiting = list(StaleCalls.objects.order_by().values_list("tenant", flat=True).distinct())
    while waiting and monotonic() < ends:
        waiting = [tenant_id for tenant_id in waiting if roll_up(tenant_id) and monotonic() < ends]


def roll_up(tenant_id: int) -> bool:
    """Some days; whether there may be more."""
    with transaction.atomic():
        if not _is_ours(tenant_id):
            return False
        tenant = _held(tenant_id)
        if tenant is None:
            StaleCalls.objects.filter(tenant=tenant_id).delete()
            return False
        days = _stale(tenant)
        if days:
            _redo(tenant, days)
    return len(days) == DAYS


def redo_all(tenant: Tenant) -> None:
    """From the first call on, whatever is marked."""
    for days in all_days(tenant):
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK, tenant.pk % 2**31])
            _redo(_held(tenant.pk) or tenant, days)


def differing(tenant: Tenant) -> dict[str, int]:
    """By table of figures in how many rows it is not what its calls add up to."""
    found = dict.fromkeys(ROLLUPS, 0)
    with connection.cursor() as cursor:
        for days in all_days(tenant):
            given = _given(tenant, days)
            for name, rollup in ROLLUPS.items():
                for statement in rollup.differing:
                    cursor.execute(statement, given)
                    found[name] += cursor.fetchone()[0]
    return found


def all_days(tenant: Tenant) -> Iterator[list[date]]:
    """By whole weeks. A day before the first and one after the last: the clock may have been another one."""
    calls = Call.objects.filter(tenant=tenant).order_by("received_at").values_list("received_at", flat=True)
    first, last = calls.first(), calls.last()
    if first is None or last is None:
        return
    zone = ZoneInfo(tenant.timezone)
    day, end = monday(first.astimezone(zone).date() - ONE_DAY), last.astimezone(zone).date() + ONE_DAY
    while day <= end:
        yield days_of_week(day)
        day += 7 * ONE_DAY


def _held(tenant_id: int) -> Tenant | None:
    """Whoever moves the organisation's clock meanwhile waits, and marks all its days afterwards."""
    return Tenant.objects.select_for_update(no_key=True).filter(pk=tenant_id).first()


def _is_ours(tenant_id: int) -> bool:
    """One process for one organisation: two would write the same day twice."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [LOCK, tenant_id % 2**31])
        return bool(cursor.fetchone()[0])


def _stale(tenant: Tenant) -> list[date]:
    zone = ZoneInfo(tenant.timezone)
    marks = StaleCalls.objects.filter(tenant=tenant).order_by("-at").values_list("at", flat=True)
    days: dict[date, None] = {}
    # Marks of one day stand together; a busy one has many.
    for at in marks.iterator(chunk_size=2000):
        days.setdefault(at.astimezone(zone).date())
        if len(days) > DAYS:
            break
    return list(days)[:DAYS]


def _redo(tenant: Tenant, days: Sequence[date]) -> None:
    given = _given(tenant, days)
    with connection.cursor() as cursor:
        cursor.execute(UNMARK, given)
        for rollup in ROLLUPS.values():
            for statement in rollup.redo:
                cursor.execute(statement, given)
    log.info("calls.figures_rolled_up", tenant=tenant.pk, days=len(days))


def _given(tenant: Tenant, days: Sequence[date]) -> dict[str, Any]:
    zone = ZoneInfo(tenant.timezone)
    mondays = sorted({monday(day) for day in days})
    return {
        "tenant": tenant.pk,
        "days": list(days),
        "mondays": mondays,
        "of_weeks": [day for one in mondays for day in days_of_week(one)],
        "since": [datetime.combine(day, time(), tzinfo=zone) for day in days],
        "until": [datetime.combine(day + ONE_DAY, time(), tzinfo=zone) for day in days],
    }
