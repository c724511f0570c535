"""The form of an employee's wishes: every kind with two switches, a sound, and quiet hours."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.appeals.models import NoticeKind, NoticeWishes, Tune

# Local, as a browser's field sends it.
MOMENT = "%Y-%m-%dT%H:%M"


class WishesForm(forms.ModelForm[NoticeWishes]):
    shown = forms.MultipleChoiceField(choices=NoticeKind.choices, required=False)
    sounding = forms.MultipleChoiceField(choices=NoticeKind.choices, required=False)
    pushed = forms.MultipleChoiceField(choices=NoticeKind.choices, required=False)
    tune = forms.ChoiceField(label=_("Sound"), choices=Tune.choices)
    volume = forms.IntegerField(
        label=_("Volume"),
        min_value=0,
        max_value=100,
        widget=forms.NumberInput(attrs={"type": "range", "step": 5}),
    )
    quiet_until = forms.DateTimeField(
        label=_("Do not disturb until"),
        required=False,
        input_formats=[MOMENT, f"{MOMENT}:%S"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=MOMENT),
    )
    quiet_from = forms.TimeField(
        label=_("Every day from"), required=False, widget=forms.TimeInput({"type": "time"}, format="%H:%M")
    )
    quiet_to = forms.TimeField(
        label=_("until"), required=False, widget=forms.TimeInput({"type": "time"}, format="%H:%M")
    )

    class Meta:
        model = NoticeWishes
        fields = ("shown", "sounding", "pushed", "tune", "volume", "quiet_until", "quiet_from", "quiet_to")

    def __init__(self, *args: Any, for_devices: bool, **kwargs: Any) -> None:
        """Where there can be no devices, what is wished for them is not asked, and stays."""
        super().__init__(*args, **kwargs)
        if not for_devices:
            del self.fields["pushed"]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if (cleaned.get("quiet_from") is None) != (cleaned.get("quiet_to") is None):
            self.add_error("quiet_to", _("Say both when the quiet hours begin and when they end."))
        return cleaned

    def kinds(self) -> list[dict[str, Any]]:
        """For the page's table."""
        wished = {
            name: self[name].value() or () for name in ("shown", "sounding", "pushed") if name in self.fields
        }
        return [
            {"name": name, "title": title, **{f"is_{how}": name in kinds for how, kinds in wished.items()}}
            for name, title in NoticeKind.choices
        ]
