"""The section `special_days` of a tenant's file: holidays, and days with hours of their own."""

from datetime import date
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from apps.tenants.models import SpecialDay, Tenant
from apps.tenants.provisioning.entries import Entry
from apps.tenants.provisioning.rows import given_of, keep
from apps.tenants.provisioning.run import Run

FIELDS = ("name", "hours")


def _date(value: Any) -> date:
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise ValueError("A date such as 2026-12-31 is expected.") from None


def _hours(value: Any) -> Any:
    """One interval may stand without its list. What is wrong in them the row itself tells."""
    return [value] if isinstance(value, str) else value


class SpecialDayEntry(Entry):
    date: Annotated[date, BeforeValidator(_date)]
    name: Annotated[str, Field(max_length=100)] = ""
    hours: Annotated[list[Any], BeforeValidator(_hours)] = []


def apply(run: Run) -> None:
    known = {one.date: one for one in SpecialDay.objects.filter(tenant=run.tenant)}
    for path, entry in run.several("special_days", SpecialDayEntry, unique="date"):
        row = known.get(entry.date) or SpecialDay(tenant=run.tenant, date=entry.date)
        given = given_of(entry, FIELDS)
        keep(run, path, row, given, fields=FIELDS, what="special day", key=entry.date.isoformat())


def exported(tenant: Tenant) -> list[dict[str, Any]]:
    """A day off has no hours."""
    return [
        {"date": one.date.isoformat(), "name": one.name, **({"hours": one.hours} if one.hours else {})}
        for one in SpecialDay.objects.filter(tenant=tenant)
    ]
