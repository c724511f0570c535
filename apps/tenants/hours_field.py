"""Working hours in a form: JSON as a person types it, or as somebody means harm with it."""

import json
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.fields import InvalidJSONInput

from apps.core.text import clean


class WorkingHoursField(forms.JSONField):
    """What nests too deep, counts too far or cannot be written back is no JSON to this field."""

    def to_python(self, value: Any) -> Any:
        try:
            found = super().to_python(value)
            json.dumps(found, ensure_ascii=False).encode()
        except (RecursionError, ValueError):
            raise ValidationError(self.error_messages["invalid"], code="invalid") from None
        return found

    def bound_data(self, data: Any, initial: Any) -> Any:
        try:
            self.to_python(data)
        except ValidationError:
            return InvalidJSONInput(clean(str(data), limit=10_000))
        return super().bound_data(data, initial)
