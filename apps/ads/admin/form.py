"""The form of an audience: whom, in which accounts, when."""

from dataclasses import asdict
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSingleDateWidget,
    UnfoldAdminTextInputWidget,
)

from apps.ads.filtering import LONGEST, Conditions
from apps.ads.launching import platforms
from apps.ads.models import Audience
from apps.appeals.models import AppealStatus
from apps.integrations.models import Connection

DAYS = ("since", "until")


def _words(label: Any, help_text: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        max_length=100,
        widget=UnfoldAdminTextInputWidget,
        help_text=help_text,
    )


class AudienceForm(forms.ModelForm):
    """The conditions' fields are kept together in `Audience.filter`."""

    statuses = forms.MultipleChoiceField(
        label=_("Appeal's status"),
        required=False,
        choices=AppealStatus.choices,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )
    days = forms.IntegerField(
        label=_("Within the last days"),
        required=False,
        min_value=1,
        max_value=LONGEST,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text=_("Counted anew for each upload: whoever is longer ago leaves the audience."),
    )
    since = forms.DateField(label=_("From"), required=False, widget=UnfoldAdminSingleDateWidget)
    until = forms.DateField(label=_("Until"), required=False, widget=UnfoldAdminSingleDateWidget)
    reason, device = _words(_("Words of the refusal's reason")), _words(_("Device"))
    city = _words(_("City"), _("As it came with the appeal."))
    tags = _words(_("Tags"), _("Separated by commas; one of them is enough."))
    accounts = forms.ModelMultipleChoiceField(
        label=_("Advertising accounts"),
        required=False,
        queryset=Connection.objects.none(),
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=_("Whoever is in an account that is taken off here is taken out there."),
    )

    class Meta:
        model = Audience
        fields = ("name", "is_active", "hour")

    # Of scoped forms: whose accounts may be chosen.
    own_tenant_id: int | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, value in asdict(Conditions.of(self.instance)).items():
            self.initial.setdefault(name, _shown(name, value))
        accounts = Connection.objects.filter(is_active=True, connector__in=platforms())
        owner = self.instance.tenant_id or self.own_tenant_id
        if owner is not None:
            accounts = accounts.filter(tenant=owner)
        self.fields["accounts"].queryset = accounts.order_by("name")  # type: ignore[attr-defined]
        if self.instance.pk:
            wanted = self.instance.placements.filter(is_wanted=True)
            self.initial.setdefault("accounts", list(wanted.values_list("connection", flat=True)))

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        values: dict[str, Any] = self.cleaned_data if cleaned is None else cleaned
        since, until = values.get("since"), values.get("until")
        if since and until and until < since:
            raise ValidationError({"until": gettext("The end is before the beginning.")})
        return cleaned

    def conditions(self) -> Conditions:
        values = self.cleaned_data
        tags = (one.strip() for one in values["tags"].split(","))
        days = {name: values[name].isoformat() if values.get(name) else "" for name in DAYS}
        return Conditions(
            statuses=tuple(values["statuses"]),
            days=values["days"] or 0,
            reason=values["reason"].strip(),
            device=values["device"].strip(),
            city=values["city"].strip(),
            tags=tuple(filter(None, tags)),
            **days,
        )


def _shown(name: str, value: Any) -> Any:
    if name in DAYS:
        return date.fromisoformat(value) if value else None
    if name == "tags":
        return ", ".join(value)
    return value or (list(value) if name == "statuses" else None if name == "days" else "")
