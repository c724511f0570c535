"""A week as a grid of clocks, and one date with hours of its own."""

from collections.abc import Iterator
from datetime import time
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.dates import WEEKDAYS
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSingleDateWidget, UnfoldAdminTextInputWidget

from apps.tenants.hours import DAYS, Interval, as_week, check_day_hours, written
from apps.tenants.models import SpecialDay, Tenant
from apps.tenants.schedules import week_of

# So many stretches of work in a day are offered, with breaks between them; a file may have brought more.
STRETCHES = 3
MIDNIGHT = 24 * 60

Days = list[list[Interval]]


class WeekForm(forms.Form):
    """`mon_0_from`, `mon_0_to`, …; a stretch of which both ends are empty is none. An end at 00:00 is
    midnight.
    """

    is_always = forms.BooleanField(required=False, label=_("Round the clock, every day"))

    def __init__(self, *args: Any, tenant: Tenant, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.wrong_days: dict[str, str] = {}
        self.initial["is_always"] = not tenant.working_hours
        days = week_of(tenant) if tenant.working_hours else ((),) * 7
        self.stretches = max(STRETCHES, *(len(day) for day in days))
        for name, intervals in zip(DAYS, days, strict=True):
            for number in range(self.stretches):
                known = intervals[number] if number < len(intervals) else (None, None)
                for end, minute in zip(("from", "to"), known, strict=True):
                    self.fields[f"{name}_{number}_{end}"] = _clock(minute)

    def rows(self) -> Iterator[dict[str, Any]]:
        """A line of the grid for each day."""
        for number, name in enumerate(DAYS):
            stretches = [
                {end: self[f"{name}_{at}_{end}"] for end in ("from", "to")} for at in range(self.stretches)
            ]
            filled = [at for at, one in enumerate(stretches) if any(end.value() for end in one.values())]
            used = max(filled, default=0)
            yield {
                "name": name,
                "title": capfirst(str(WEEKDAYS[number])),
                "stretches": [{**one, "is_shown": at <= used} for at, one in enumerate(stretches)],
                "error": self.wrong_days.get(name, ""),
            }

    def clean(self) -> dict[str, Any]:
        values = self.cleaned_data
        values["hours"] = {} if values.get("is_always") else as_week(self._days(values))
        if not values.get("is_always") and not values["hours"] and not self.errors:
            raise ValidationError(gettext("Enter the hours of at least one day, or choose round the clock."))
        return values

    def _days(self, values: dict[str, Any]) -> Days:
        days: Days = []
        for name in DAYS:
            intervals, is_half = self._intervals(name, values)
            text = gettext("Enter both the beginning and the end.") if is_half else _wrong(intervals)
            if text:
                self.wrong_days[name] = text
                self.add_error(f"{name}_0_from", text)
            days.append(intervals)
        return days

    def _intervals(self, name: str, values: dict[str, Any]) -> tuple[list[Interval], bool]:
        """In the order entered, and whether one of them lacks an end."""
        found, is_half = [], False
        for number in range(self.stretches):
            start, end = values.get(f"{name}_{number}_from"), values.get(f"{name}_{number}_to")
            if start is not None and end is not None:
                found.append((_minute(start), _minute(end) or MIDNIGHT))
            elif start is not None or end is not None:
                is_half = True
        return found, is_half


def _wrong(intervals: list[Interval]) -> str:
    try:
        check_day_hours(written(intervals))
    except ValidationError as error:
        return error.messages[0]
    return ""


def _minute(at: time) -> int:
    return at.hour * 60 + at.minute


def _clock(minute: int | None) -> forms.TimeField:
    shown = None if minute is None else time(*divmod(minute % MIDNIGHT, 60))
    widget = forms.TimeInput(attrs={"type": "time", "class": "hr-clock"}, format="%H:%M")
    return forms.TimeField(required=False, initial=shown, widget=widget)


class SpecialDayForm(forms.ModelForm):
    hours_text = forms.CharField(
        label=_("Hours"),
        required=False,
        max_length=100,
        widget=UnfoldAdminTextInputWidget(attrs={"placeholder": "10:00-13:00, 14:00-18:00"}),
        help_text=_("Empty: a day off."),
    )

    class Meta:
        model = SpecialDay
        fields = ("date", "name")
        widgets = {"date": UnfoldAdminSingleDateWidget, "name": UnfoldAdminTextInputWidget}

    def clean_hours_text(self) -> list[str]:
        text = self.cleaned_data["hours_text"].replace("–", "-").replace("—", "-").replace(";", ",")
        hours = [part.strip() for part in text.split(",") if part.strip()]
        check_day_hours(hours)
        return hours
