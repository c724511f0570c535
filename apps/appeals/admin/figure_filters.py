"""Filters through which a figure of the start page opens its rows."""

from typing import Any

from django.contrib.admin import SimpleListFilter
from django.db.models import QuerySet
from django.db.models.functions import ExtractHour, ExtractIsoWeekDay
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.appeals.dashboard.drawing import weekday_name
from apps.appeals.dashboard.present import undelivered_in
from apps.appeals.models.appeal import OPEN_STATUSES


class _Flag(SimpleListFilter):
    """Yes, no, or all."""

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("1", _("Yes")), ("0", _("No"))]


class IsOpen(_Flag):
    title, parameter_name = _("open"), "is_open"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        match self.value():
            case "1":
                return queryset.filter(status__in=OPEN_STATUSES)
            case "0":
                return queryset.exclude(status__in=OPEN_STATUSES)
        return queryset


class AnsweredInTime(_Flag):
    title, parameter_name = _("first answer in time"), "answered_in_time"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(times__answer_within=self.value() == "1") if self.value() else queryset


class ResolvedInTime(_Flag):
    title, parameter_name = _("settled in time"), "resolved_in_time"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(times__resolution_within=self.value() == "1") if self.value() else queryset


class Undelivered(_Flag):
    title, parameter_name = _("not delivered"), "undelivered"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        match self.value():
            case "1":
                return undelivered_in(queryset)
            case "0":
                return queryset.exclude(pk__in=undelivered_in(queryset).values("pk"))
        return queryset


class HourOfWeek(SimpleListFilter):
    """One cell of the heat map, «3-14»: it is shown only where a link brought it."""

    title, parameter_name = _("hour of the week"), "hour_of_week"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        cell = _cell(self.value())
        return [] if cell is None else [(f"{cell[0]}-{cell[1]}", f"{weekday_name(cell[0])}, {cell[1]:02}:00")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        cell = _cell(self.value())
        if cell is None:
            return queryset
        zone = timezone.get_current_timezone()
        rows: QuerySet[Any] = queryset.annotate(
            weekday=ExtractIsoWeekDay("sent_at", tzinfo=zone), clock=ExtractHour("sent_at", tzinfo=zone)
        )
        return rows.filter(weekday=cell[0], clock=cell[1])


def _cell(value: str | None) -> tuple[int, int] | None:
    day, _dash, hour = (value or "").partition("-")
    if not (
        day.isascii() and day.isdecimal() and hour.isascii() and hour.isdecimal() and len(value or "") < 5
    ):
        return None
    return (int(day), int(hour)) if 1 <= int(day) <= 7 and int(hour) < 24 else None
