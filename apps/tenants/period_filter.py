"""A list's filter by a moment: whole days by the organisation's clock, or moments where a link names them."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms import DateField
from django.http import HttpRequest
from django.utils import timezone
from unfold.contrib.filters.admin import RangeDateFilter


class PeriodFilter(RangeDateFilter):
    """`…_from` and `…_to` are days, the last included, or moments (2026-11-28T14:00), the last excluded."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        since, until = (self._moment(end) for end in ("from", "to"))
        if since is not None:
            queryset = queryset.filter(**{f"{self.parameter_name}__gte": since})
        if until is not None:
            queryset = queryset.filter(**{f"{self.parameter_name}__lt": until})
        return queryset

    def _moment(self, end: str) -> datetime | None:
        value = str(self.used_parameters.get(f"{self.parameter_name}_{end}") or "")
        day = _day(value)
        try:
            if day is None:
                return timezone.make_aware(datetime.fromisoformat(value)) if "T" in value else None
            return timezone.make_aware(datetime.combine(day + timedelta(days=end == "to"), time()))
        except (ValueError, OverflowError):
            return None


def _day(value: str) -> date | None:
    """As the language writes it, or as a link does."""
    try:
        found = DateField().to_python(value)
    except ValidationError:
        return None
    return found if isinstance(found, date) else None
