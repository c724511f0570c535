"""When an organisation works: its week, its special days and its clock, put together for `working_time`."""

from zoneinfo import ZoneInfo

from apps.tenants.hours import DAYS, intervals, on_weekday
from apps.tenants.models import SpecialDay, Tenant
from apps.tenants.working_time import WHOLE_DAY, Schedule, round_the_clock


def schedule_of(tenant: Tenant) -> Schedule:
    """One query; none where no hours are set, for then somebody is there every day, holidays or not."""
    if not tenant.working_hours:
        return round_the_clock(ZoneInfo(tenant.timezone))
    days = SpecialDay.objects.filter(tenant=tenant).values_list("date", "hours")
    return Schedule(
        zone=ZoneInfo(tenant.timezone),
        week=week_of(tenant),
        special={day: intervals(hours) for day, hours in days},
    )


def week_of(tenant: Tenant) -> tuple[tuple[tuple[int, int], ...], ...]:
    if not tenant.working_hours:
        return (WHOLE_DAY,) * 7
    return tuple(on_weekday(tenant.working_hours, day) for day in DAYS)
