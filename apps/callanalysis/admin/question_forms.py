"""Forms of stages and columns: one row each, in the order in which they stand on the page."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from apps.callanalysis.models import Checklist, ColumnType, Questionnaire
from apps.callanalysis.publishing import MOST_ITEMS, column, stage

TWICE = _("Two of them have the key «%(key)s».")
KEY = _("Its name for other systems. Empty: one is made up.")


def _words(label: Any, *, rows: int = 2, **options: Any) -> forms.CharField:
    widget = UnfoldAdminTextareaWidget(attrs={"rows": rows})
    return forms.CharField(label=label, max_length=2000, required=False, widget=widget, **options)


def _line(label: Any, **options: Any) -> forms.CharField:
    return forms.CharField(label=label, widget=UnfoldAdminTextInputWidget(), **options)


class StageForm(forms.Form):
    name = _line(_("Stage"), max_length=200)
    criterion = _words(_("Criterion"), help_text=_("What has to be said or done, in plain words."))
    weight = forms.IntegerField(
        label=_("Weight"),
        min_value=1,
        max_value=100,
        initial=1,
        widget=UnfoldAdminIntegerFieldWidget(),
        help_text=_("In the percentage."),
    )
    critical = forms.BooleanField(
        label=_("Critical"),
        required=False,
        widget=UnfoldBooleanWidget(),
        help_text=_("Where it is not done, the whole scorecard says so."),
    )
    id = _line(_("Key"), max_length=50, required=False, help_text=KEY)

    def item(self, key: str) -> dict[str, Any]:
        return stage(**{**self._kept(), "id": key})

    def _kept(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("name", "criterion", "weight", "critical")}


class ColumnForm(forms.Form):
    title = _line(_("Column"), max_length=200)
    question = _words(
        _("Question"), help_text=_("What is to be found in the call. Empty: the column's title.")
    )
    type = forms.ChoiceField(
        label=_("Type"), choices=ColumnType.choices, initial=ColumnType.TEXT, widget=UnfoldAdminSelectWidget()
    )
    options = _words(_("Options"), rows=3, help_text=_("One a line, of a column that is one of several."))
    name = forms.RegexField(
        r"^[^\W\d]\w*$",
        label=_("Key"),
        max_length=50,
        required=False,
        widget=UnfoldAdminTextInputWidget(),
        help_text=KEY,
        error_messages={"invalid": _("Letters, digits and _, a letter first.")},
    )

    def clean_options(self) -> list[str]:
        lines = (line.strip()[:200] for line in self.cleaned_data["options"].splitlines())
        return list(dict.fromkeys(filter(None, lines)))

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if found.get("type") == ColumnType.CHOICE and len(found.get("options", ())) < 2:
            self.add_error("options", _("Name at least two."))
        return found

    def item(self, key: str) -> dict[str, Any]:
        kept = {name: self.cleaned_data[name] for name in ("title", "question", "type", "options")}
        return column(**kept, name=key)


class _Rows(forms.BaseFormSet[Any]):
    key, prefix_of_keys = "id", "stage"

    def clean(self) -> None:
        if any(self.errors):
            return
        given = [key for form in self.rows if (key := form.cleaned_data[self.key])]
        if twice := next((key for place, key in enumerate(given) if key in given[:place]), None):
            raise forms.ValidationError(TWICE, params={"key": twice})

    @property
    def rows(self) -> list[Any]:
        """Filled-in ones, in their order."""
        return [form for form in self.ordered_forms if form.cleaned_data]

    def items(self) -> list[dict[str, Any]]:
        taken = {form.cleaned_data[self.key] for form in self.rows}
        fresh = (
            name for number in range(1, 1000) if (name := f"{self.prefix_of_keys}_{number}") not in taken
        )
        return [form.item(form.cleaned_data[self.key] or next(fresh)) for form in self.rows]


class _ColumnRows(_Rows):
    key, prefix_of_keys = "name", "field"


def _formset(form: type[forms.Form], base: type[_Rows]) -> Any:
    return forms.formset_factory(
        form,
        formset=base,
        extra=0,
        can_order=True,
        can_delete=True,
        min_num=1,
        validate_min=True,
        max_num=MOST_ITEMS,
        validate_max=True,
    )


STAGES, COLUMNS = _formset(StageForm, _Rows), _formset(ColumnForm, _ColumnRows)


def rows_of(owner: Questionnaire, items: Iterable[dict[str, Any]], data: Any = None) -> Any:
    """The rows as they are kept, or as they come back from the page."""
    if isinstance(owner, Checklist):
        return STAGES(data, initial=list(items))
    initial = [one | {"options": "\n".join(one["options"])} for one in items]
    return COLUMNS(data, initial=initial)
