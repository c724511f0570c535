"""Values for a connector's Config: judged whole, with what is wrong said field by field."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from apps.core.secrets import blot
from apps.integrations.contract import ConnectorConfig
from apps.integrations.fields import secret_names, settings_of

# Errors that belong to no single field.
WHOLE = ""


class InvalidSettings(Exception):
    """`errors`: sentences for people by field name ("": all together), never quoting a secret."""

    def __init__(self, errors: dict[str, list[str]]) -> None:
        self.errors = errors
        super().__init__(", ".join(sorted(errors)))


def validate(model: type[ConnectorConfig], values: Mapping[str, Any]) -> ConnectorConfig:
    """Raises InvalidSettings, without pydantic's own error behind it: that one quotes what was given."""
    try:
        return model.model_validate(dict(values))
    except ValidationError as error:
        found = error.errors(include_url=False)
    raise InvalidSettings(
        _by_field(model, found, given=[str(values[name]) for name in secret_names(model) & values.keys()])
    )


def _by_field(
    model: type[ConnectorConfig], found: list[ErrorDetails], *, given: Iterable[str]
) -> dict[str, list[str]]:
    errors: dict[str, list[str]] = {}
    secrets = list(given)
    for one in found:
        field = str(one["loc"][0]) if one["loc"] else WHOLE
        text = blot(_text(one, model), secrets)
        if text not in errors.setdefault(field, []):
            errors[field].append(text)
    return errors


def _text(error: ErrorDetails, model: type[ConnectorConfig]) -> str:
    kind, context = error["type"], error.get("ctx", {})
    if kind == "value_error":  # a connector's own validator: its sentence is written for people
        return str(context["error"])
    if kind in ("literal_error", "enum") and (choices := _choices(error, model)):
        return _("Choose one of: %(choices)s.") % {"choices": choices}
    sentence = _sentences().get(kind)
    return sentence % context if sentence else _("This value does not fit.")


def _choices(error: ErrorDetails, model: type[ConnectorConfig]) -> str:
    """As the API takes them: whoever fills in the form cannot miss them, and pydantic's list is English."""
    named = (setting for setting in settings_of(model) if error["loc"] == (setting.name,))
    values = (value for setting in named for value, _label in setting.choices)
    return ", ".join(json.dumps(value, ensure_ascii=False, default=str) for value in values)


def _sentences() -> dict[str, str]:
    """By pydantic's error types: https://docs.pydantic.dev/latest/errors/validation_errors/"""
    number, text = _("Enter a number."), _("Enter a text.")
    url = _("Enter a full address, such as https://example.com.")
    return {
        "missing": _("This field is required."),
        "extra_forbidden": _("There is no such setting."),
        "string_type": text,
        "string_too_short": _("At least %(min_length)s characters are needed."),
        "string_too_long": _("At most %(max_length)s characters are allowed."),
        "too_short": _("At least %(min_length)s are needed."),
        "too_long": _("At most %(max_length)s are allowed."),
        "string_pattern_mismatch": _("This does not look right. Copy it once more from the service."),
        "int_parsing": number,
        "int_type": number,
        "int_from_float": _("Enter a whole number."),
        "float_parsing": number,
        "float_type": number,
        "decimal_parsing": number,
        "decimal_type": number,
        "bool_parsing": _("Choose yes or no."),
        "bool_type": _("Choose yes or no."),
        "greater_than": _("It must be more than %(gt)s."),
        "greater_than_equal": _("It must be %(ge)s or more."),
        "less_than": _("It must be less than %(lt)s."),
        "less_than_equal": _("It must be %(le)s or less."),
        "url_parsing": url,
        "url_type": url,
        "url_scheme": url,
    }
