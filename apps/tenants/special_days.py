"""Dates with hours of their own: entered one by one, or a year's public holidays at once."""

from collections.abc import Sequence
from datetime import date

from apps.tenants.holidays import holidays
from apps.tenants.hours import written
from apps.tenants.models import SpecialDay, Tenant
from apps.tenants.schedules import week_of


def set_day(*, tenant: Tenant, day: date, name: str, hours: Sequence[str]) -> None:
    """What stood there before is replaced."""
    values = {"name": name, "hours": list(hours)}
    SpecialDay.objects.update_or_create(tenant=tenant, date=day, defaults=values)


def fill_year(*, tenant: Tenant, year: int) -> int:
    """Public holidays, where nothing has been entered for the date. Returns how many were new."""
    known = set(SpecialDay.objects.filter(tenant=tenant).values_list("date", flat=True))
    fresh = [
        SpecialDay(tenant=tenant, date=one.date, name=str(one.name), hours=written(one.hours))
        for one in holidays(year, week=week_of(tenant))
        if one.date not in known
    ]
    # Somebody else may press the same button in the same moment.
    SpecialDay.objects.bulk_create(fresh, ignore_conflicts=True)
    return len(fresh)


def remove_days(*, tenant: Tenant, ids: Sequence[str]) -> int:
    _total, counts = SpecialDay.objects.filter(tenant=tenant, pk__in=ids).delete()
    return counts.get(SpecialDay._meta.label, 0)
