"""The settings of a connection as a form: made from the connector's Config, never showing a stored secret."""

import json
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminPasswordWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
    UnfoldBooleanWidget,
)

from apps.core.secrets import mask
from apps.integrations.connecting import errors_in
from apps.integrations.fields import Kind, Setting, plain, settings_of
from apps.integrations.models import Connection
from apps.integrations.opening import readable_secrets

# No setting may be called so: a Config's fields are valid names without a hyphen.
NAME = "connection-name"
FORGET = "forget-"


class SecretBox(UnfoldAdminTextareaWidget):
    """A secret of several lines. Like a password input it never gives back what was typed."""

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        return super().get_context(name, None, attrs)  # type: ignore[no-any-return]


class SettingsForm(forms.Form):
    """`connection` None asks for a new one."""

    required_css_class = "required"

    def __init__(self, connector: Any, *, connection: Connection | None = None, data: Any = None) -> None:
        self.settings = settings_of(connector.Config)
        self.connection = connection
        self.slug: str = connector.SPEC.slug
        super().__init__(data, initial=self._initial(connector), auto_id="id_%s")
        self.fields[NAME] = forms.CharField(
            label=_("Name of the connection"),
            max_length=100,
            required=False,
            help_text=_("As you and your colleagues will see it."),
            widget=UnfoldAdminTextInputWidget(),
        )
        for setting in self.settings:
            self.fields[setting.name] = self._field(setting)
            if self._may_forget(setting):
                self.fields[FORGET + setting.name] = _dependent(
                    setting,
                    forms.BooleanField(
                        label=_("Forget what is stored"), required=False, widget=UnfoldBooleanWidget()
                    ),
                )

    def clean(self) -> None:
        """All that is wrong at once, beside what Django's own fields could not read."""
        found = errors_in(
            connector=self.slug, connection=self.connection, values=self.values(), forget=self.forgotten()
        )
        self.add_errors({name: texts for name, texts in found.items() if name not in self.errors})

    @property
    def main(self) -> list[forms.BoundField]:
        return [self[NAME], *self._bound(setting for setting in self.settings if not setting.advanced)]

    @property
    def advanced(self) -> list[forms.BoundField]:
        return self._bound(setting for setting in self.settings if setting.advanced)

    @property
    def advanced_open(self) -> bool:
        """An error must not hide in the folded part."""
        return any(field.errors for field in self.advanced)

    @property
    def name(self) -> str:
        return str(self.cleaned_data.get(NAME, ""))

    def values(self) -> dict[str, Any]:
        """What the verbs of `connecting` take; None goes back to the default there."""
        return {setting.name: self.cleaned_data.get(setting.name) for setting in self.settings}

    def forgotten(self) -> list[str]:
        return [one.name for one in self.settings if self.cleaned_data.get(FORGET + one.name)]

    def add_errors(self, errors: Mapping[str, Iterable[str]]) -> None:
        """Each beside its field; what belongs to none of them above the form."""
        for name, texts in errors.items():
            for text in texts:
                self.add_error(name if name in self.fields else None, text)

    def _bound(self, settings: Iterable[Setting]) -> list[forms.BoundField]:
        names = (name for setting in settings for name in (setting.name, FORGET + setting.name))
        return [self[name] for name in names if name in self.fields]

    def _initial(self, connector: Any) -> dict[str, Any]:
        stored = self.connection.config if self.connection else {}
        initial: dict[str, Any] = {
            NAME: self.connection.name if self.connection else str(connector.SPEC.name)
        }
        for setting in self.settings:
            if not setting.is_secret:
                value = stored.get(setting.name, plain(setting.default))
                initial[setting.name] = (
                    "\n".join(map(str, value or ())) if setting.kind is Kind.LINES else value
                )
        return initial

    def _stored(self, setting: Setting) -> str:
        return readable_secrets(self.connection).get(setting.name, "") if self.connection else ""

    def _may_forget(self, setting: Setting) -> bool:
        optional = setting.is_secret and not (setting.required or setting.needed or setting.generated)
        return optional and bool(self._stored(setting))

    def _field(self, setting: Setting) -> forms.Field:
        field = _FIELDS[setting.kind](setting)
        field.label, field.help_text = setting.title, setting.help
        field.required = setting.required and setting.kind is not Kind.SWITCH
        if setting.is_secret:
            stored = self._stored(setting)
            field.required = setting.required and not setting.generated and not stored
            field.widget.attrs["placeholder"] = self._placeholder(setting, stored)
        field.widget.is_required = field.required
        return _dependent(setting, field)

    def _placeholder(self, setting: Setting, stored: str) -> str:
        if stored:
            return _("%(mask)s stored; leave blank to keep") % {"mask": mask(stored)}
        return _("made by itself") if setting.generated else setting.example


def _dependent(setting: Setting, field: forms.Field) -> forms.Field:
    """The page's script shows it only beside the values that it is for."""
    if setting.shown_for:
        field.widget.attrs["data-only-for"] = json.dumps(dict(setting.shown_for))
    return field


def _secret(setting: Setting) -> forms.Field:
    attrs = {"autocomplete": "new-password", "spellcheck": "false"}
    box = SecretBox(attrs | {"rows": 4}) if setting.multiline else UnfoldAdminPasswordWidget(attrs)
    return forms.CharField(widget=box)


def _text(setting: Setting) -> forms.Field:
    attrs = {"placeholder": setting.example, "spellcheck": "false"}
    if setting.multiline:
        return forms.CharField(widget=UnfoldAdminTextareaWidget(attrs | {"rows": 4}))
    return forms.CharField(
        max_length=setting.limits.get("max_length"), widget=UnfoldAdminTextInputWidget(attrs)
    )


def _url(setting: Setting) -> forms.Field:
    # Text, judged by the Config: Django's own URLField refuses host names without a dot.
    attrs = {"inputmode": "url", "spellcheck": "false", "placeholder": setting.example}
    return forms.CharField(widget=UnfoldAdminTextInputWidget(attrs))


def _integer(setting: Setting) -> forms.Field:
    low, high = setting.limits.get("ge"), setting.limits.get("le")
    return forms.IntegerField(min_value=low, max_value=high, widget=UnfoldAdminIntegerFieldWidget())


def _number(setting: Setting) -> forms.Field:
    low, high = (
        Decimal(str(limit)) if (limit := setting.limits.get(side)) is not None else None
        for side in ("ge", "le")
    )
    attrs = {"step": "any", "type": "number"}
    return forms.DecimalField(min_value=low, max_value=high, widget=UnfoldAdminDecimalFieldWidget(attrs))


def _switch(setting: Setting) -> forms.Field:
    return forms.BooleanField(widget=UnfoldBooleanSwitchWidget())


def _choice(setting: Setting) -> forms.Field:
    choices = [(value, _(str(label)) if label else "—") for value, label in setting.choices]
    if not setting.required and setting.default is None:
        choices.insert(0, ("", "—"))
    empty = "" if "" in dict(setting.choices) else None
    kinds = {type(value) for value, _label in setting.choices}
    coerce: Callable[[Any], Any] = kinds.pop() if len(kinds) == 1 else str
    return forms.TypedChoiceField(
        choices=choices, coerce=coerce, empty_value=empty, widget=UnfoldAdminSelectWidget()
    )


class LinesField(forms.CharField):
    def clean(self, value: Any) -> Any:
        lines = (line.strip() for line in super().clean(value).splitlines())
        return [line for line in lines if line]


def _lines(setting: Setting) -> forms.Field:
    return LinesField(widget=UnfoldAdminTextareaWidget({"rows": 4, "placeholder": setting.example}))


def _json(setting: Setting) -> forms.Field:
    return forms.JSONField(widget=UnfoldAdminTextareaWidget({"rows": 6, "spellcheck": "false"}))


_FIELDS = {
    Kind.SECRET: _secret,
    Kind.TEXT: _text,
    Kind.URL: _url,
    Kind.INTEGER: _integer,
    Kind.NUMBER: _number,
    Kind.SWITCH: _switch,
    Kind.CHOICE: _choice,
    Kind.LINES: _lines,
    Kind.JSON: _json,
}
