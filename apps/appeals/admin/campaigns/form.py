"""The form of a draft: what is sent, to whom, and when."""

from dataclasses import asdict
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminFileFieldWidget,
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminSingleDateWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from apps.appeals.campaigns.audience import Audience
from apps.appeals.campaigns.wording import unknown_places
from apps.appeals.models import AppealStatus, Campaign
from apps.channels.contract import OutgoingFile
from apps.core.text import clean

CONDITIONS, LIST = "conditions", "list"
DAYS = ("wrote_from", "wrote_until", "appealed_from", "appealed_until")
MOST_PASTED = 500_000


def _day(label: Any) -> forms.DateField:
    return forms.DateField(label=label, required=False, widget=UnfoldAdminSingleDateWidget)


def _words(label: Any) -> forms.CharField:
    return forms.CharField(label=label, required=False, max_length=100, widget=UnfoldAdminTextInputWidget)


class CampaignForm(forms.ModelForm):
    """The audience's fields are kept together in `Campaign.audience`.

    The page has stored the file before the form's transaction began: `kept`, or in words why it could not.
    """

    kept: OutgoingFile | str | None = None
    # A template may be all of it: that is chosen on the draft's own page.
    may_be_wordless = False

    attachment = forms.FileField(label=_("File"), required=False, widget=UnfoldAdminFileFieldWidget)
    no_attachment = forms.BooleanField(
        label=_("Send without the file"), required=False, widget=UnfoldBooleanSwitchWidget
    )
    source = forms.ChoiceField(
        label=_("Whom"),
        choices=((CONDITIONS, _("clients by conditions")), (LIST, _("clients of a list"))),
        initial=CONDITIONS,
        widget=UnfoldAdminRadioSelectWidget,
    )
    pasted = forms.CharField(
        label=_("Phones and user names"),
        required=False,
        max_length=MOST_PASTED,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 5}),
        help_text=_(
            "One a line. Only clients who have written to you are found; the others are shown to you. A file "
            "is brought on the draft’s page, once it is saved."
        ),
    )
    wrote_from, wrote_until = _day(_("Wrote last from")), _day(_("Wrote last until"))
    appealed_from, appealed_until = _day(_("Appeal made from")), _day(_("Appeal made until"))
    statuses = forms.MultipleChoiceField(
        label=_("Appeal's status"),
        required=False,
        choices=AppealStatus.choices,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )
    reason, device = _words(_("Words of the refusal's reason")), _words(_("Device"))

    class Meta:
        model = Campaign
        widgets = {"channels": UnfoldAdminCheckboxSelectMultipleWidget}
        fields = (
            "name",
            "is_advertising",
            "text",
            "channels",
            "skip_talking",
            "pace",
            "quiet_from",
            "quiet_until",
            "start_at",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        audience = Audience.of(self.instance)
        for name, value in asdict(audience).items():
            if name in self.fields:
                shown = date.fromisoformat(value) if name in DAYS and value else value
                self.initial.setdefault(name, shown)
        self.initial.setdefault("source", LIST if audience.by_list else CONDITIONS)
        if self.instance.file and "attachment" in self.fields:
            self.fields["attachment"].help_text = _("Now: %(name)s") % {"name": self.instance.file["name"]}

    def clean_text(self) -> str:
        text = clean(self.cleaned_data["text"], limit=None).replace("\r\n", "\n").strip()
        if strange := unknown_places(text):
            raise ValidationError(
                gettext("%(places)s means nothing here. There are {имя}, {устройство}, {организация}.")
                % {"places": ", ".join(strange)}
            )
        return text

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        values: dict[str, Any] = self.cleaned_data if cleaned is None else cleaned
        has_file = values.get("attachment") or (self.instance.file and not values.get("no_attachment"))
        has_words = values.get("text") or has_file or self.may_be_wordless
        if not has_words and "text" not in self.errors:
            self.add_error("text", gettext("Write a text or choose a file."))
        if isinstance(self.kept, str) and "attachment" not in self.errors:
            self.add_error("attachment", self.kept)
        return cleaned

    def audience(self) -> Audience:
        """Clients picked by hand stay picked; they are counted on the campaign's page."""
        values = self.cleaned_data
        days = {name: values[name].isoformat() if values.get(name) else "" for name in DAYS}
        return Audience(
            by_list=values["source"] == LIST,
            picked=Audience.of(self.instance).picked,
            pasted=values["pasted"],
            statuses=tuple(values["statuses"]),
            reason=values["reason"],
            device=values["device"],
            **days,
        )

    def fill(self, campaign: Campaign) -> None:
        """What the model's own fields don't cover."""
        campaign.audience = self.audience().as_json()
        if isinstance(self.kept, OutgoingFile):
            campaign.file = asdict(self.kept)
        elif self.cleaned_data.get("no_attachment"):
            campaign.file = {}
