"""One line of targets: for all channels, or for one that has its own."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget, UnfoldBooleanSwitchWidget

from apps.appeals.models import Target
from apps.appeals.models.target import MOST_MINUTES
from apps.appeals.sla.wording import brief

MINUTES = ("first_answer_minutes", "next_answer_minutes", "resolution_minutes")
_WRITTEN = re.compile(
    r"(?:(\d{1,5})\s*[чh][а-яa-z.]*)?\s*(?:(\d{1,6})\s*(?:[мm][а-яa-z.]*)?)?", re.IGNORECASE
)


class SpanField(forms.CharField):
    """«30», «30 мин», «4 ч», «1 ч 30 мин»: whole minutes."""

    def __init__(self, **kwargs: Any) -> None:
        widget = UnfoldAdminTextInputWidget(attrs={"placeholder": "–", "inputmode": "text"})
        super().__init__(required=False, max_length=30, widget=widget, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return brief(timedelta(minutes=value)) if isinstance(value, int) else value

    def clean(self, value: Any) -> int | None:
        text = super().clean(value).strip()
        if not text or text in ("–", "-"):
            return None
        found = _WRITTEN.fullmatch(text)
        if found is None:
            raise ValidationError(gettext("Write it as “30 min”, “4 h” or “1 h 30 min”."))
        minutes = int(found[1] or 0) * 60 + int(found[2] or 0)
        if not 1 <= minutes <= MOST_MINUTES:
            raise ValidationError(gettext("From one minute to 90 days."))
        return minutes


class TargetForm(forms.Form):
    """`is_own` only for a channel: without it the general targets hold there."""

    is_own = forms.BooleanField(required=False, widget=UnfoldBooleanSwitchWidget, label=_("Own targets"))
    first_answer_minutes = SpanField(label=_("First answer"))
    next_answer_minutes = SpanField(label=_("Next answers"))
    resolution_minutes = SpanField(label=_("Settled within"))
    is_round_the_clock = forms.BooleanField(
        required=False, widget=UnfoldBooleanSwitchWidget, label=_("24/7: nights and days off count")
    )

    def __init__(self, data: Mapping[str, Any] | None, *, target: Target | None, prefix: str) -> None:
        known = {name: getattr(target, name) for name in (*MINUTES, "is_round_the_clock")} if target else {}
        super().__init__(data, prefix=prefix, initial={"is_own": target is not None, **known})

    def values(self, *, is_general: bool) -> dict[str, Any] | None:
        """What is to be kept; None where nothing is."""
        found = self.cleaned_data
        is_kept = any(found[name] for name in MINUTES) if is_general else found["is_own"]
        return {name: found[name] for name in (*MINUTES, "is_round_the_clock")} if is_kept else None
