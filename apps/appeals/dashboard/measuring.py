"""How long clients waited, measured once for each answer and each end, by the rules in force then."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import F, Q

from apps.appeals.models import Appeal, AppealTimes, ClockStop
from apps.appeals.sla.targets import Aim, Rules, rules_of
from apps.tenants.models import Tenant
from apps.tenants.schedules import schedule_of
from apps.tenants.working_time import Schedule, worked

HOUR = timedelta(hours=1)
FIELDS = (
    "answered_at",
    "answer_seconds",
    "answer_within",
    "closed_at",
    "resolution_seconds",
    "resolution_within",
)
# In one statement.
BATCH = 500


def measure(*, tenant: Tenant, hours: Sequence[datetime]) -> None:
    """Appeals first answered or ended in these hours, unless they were measured then."""
    unmeasured = _unmeasured(tenant, hours)
    if not unmeasured:
        return
    rules, schedule = rules_of(tenant.pk), schedule_of(tenant)
    rows = [_measured(appeal, rules, schedule) for appeal in unmeasured]
    for start in range(0, len(rows), BATCH):
        AppealTimes.objects.bulk_create(
            rows[start : start + BATCH], update_conflicts=True, unique_fields=["appeal"], update_fields=FIELDS
        )


def _unmeasured(tenant: Tenant, hours: Sequence[datetime]) -> list[Appeal]:
    answered, closed = Q(), Q()
    for since, until in _stretches(hours):
        answered |= Q(first_answer_at__gte=since, first_answer_at__lt=until)
        closed |= Q(closed_at__gte=since, closed_at__lt=until)
    no_answer = ~Q(times__answered_at=F("first_answer_at")) | Q(times=None)
    no_end = Q(times__closed_at=None) | ~Q(times__closed_at=F("closed_at"))
    own = Appeal.objects.filter(tenant=tenant).select_related("times").prefetch_related("stops")
    found = {row.pk: row for row in own.filter(answered & no_answer)}
    return list((found | {row.pk: row for row in own.filter(closed & no_end)}).values())


def _stretches(hours: Sequence[datetime]) -> list[tuple[datetime, datetime]]:
    """Hours in a row as one range."""
    found: list[tuple[datetime, datetime]] = []
    for hour in sorted(hours):
        if found and found[-1][1] == hour:
            found[-1] = (found[-1][0], hour + HOUR)
        else:
            found.append((hour, hour + HOUR))
    return found


def _measured(appeal: Appeal, rules: Rules, schedule: Schedule) -> AppealTimes:
    """What was measured before, and still holds, stays."""
    times = getattr(appeal, "times", None) or AppealTimes(tenant_id=appeal.tenant_id, appeal=appeal)
    aim = rules.aim(appeal.channel_id)
    hours = aim.schedule if aim else schedule
    if appeal.first_answer_at is not None and times.answered_at != appeal.first_answer_at:
        times.answered_at = appeal.first_answer_at
        times.answer_seconds = _whole(worked(hours, appeal.created_at, appeal.first_answer_at))
        times.answer_within = _within(times.answer_seconds, aim.target.first_answer_minutes if aim else None)
    if times.closed_at != appeal.closed_at:
        times.closed_at = appeal.closed_at
        times.resolution_seconds = _resolution(appeal, hours)
        times.resolution_within = _within(times.resolution_seconds, _resolution_minutes(aim))
    return times


def _resolution(appeal: Appeal, hours: Schedule) -> int | None:
    if appeal.closed_at is None:
        return None
    stopped = sum((_in_stop(stop, appeal.closed_at, hours) for stop in appeal.stops.all()), start=timedelta())
    return _whole(worked(hours, appeal.created_at, appeal.closed_at) - stopped)


def _in_stop(stop: ClockStop, until: datetime, hours: Schedule) -> timedelta:
    return worked(hours, stop.began_at, min(stop.ended_at or until, until))


def _resolution_minutes(aim: Aim | None) -> int | None:
    return aim.target.resolution_minutes if aim else None


def _within(seconds: int | None, minutes: int | None) -> bool | None:
    return None if seconds is None or minutes is None else seconds <= minutes * 60


def _whole(time: timedelta) -> int:
    return max(0, int(time.total_seconds()))
