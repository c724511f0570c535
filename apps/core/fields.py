"""A column for secrets: a dict in Python, ciphertext in the database and in fixtures."""

import json
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.secrets import PREFIX, decrypt, encrypt

if TYPE_CHECKING:
    Base = models.Field[dict[str, Any], dict[str, Any]]
else:
    Base = models.Field


class EncryptedJSONField(Base):
    """An empty dict is an empty string, so that nobody can tell from a blank row that a key was ever there.

    Reading raises `secrets.Undecryptable` when no key opens the value: `defer()` it in lists. It cannot be
    searched, has no form field, and `dumpdata` writes ciphertext. Keep it out of history (`excluded_fields`).
    """

    description = _("Encrypted settings")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        for name, value in (("default", dict), ("blank", True), ("editable", False)):
            kwargs.setdefault(name, value)
        super().__init__(*args, **kwargs)

    def get_internal_type(self) -> str:
        return "TextField"

    def get_lookup(self, lookup_name: str) -> Any:
        return super().get_lookup(lookup_name) if lookup_name == "isnull" else None

    def get_transform(self, lookup_name: str) -> Any:
        return None

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> dict[str, Any] | None:
        return None if value is None else _load(value)

    def get_prep_value(self, value: Any) -> str | None:
        value = super().get_prep_value(value)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise TypeError(f"{self.name} holds a dict.")
        return encrypt(json.dumps(value, ensure_ascii=False)) if value else ""

    def to_python(self, value: Any) -> Any:
        if value is None or isinstance(value, dict):
            return value
        if isinstance(value, str) and (not value or value.startswith(PREFIX)):
            return _load(value)
        raise ValidationError(_("This is not an encrypted value."), code="invalid")

    def value_to_string(self, obj: models.Model) -> str:
        return self.get_prep_value(self.value_from_object(obj)) or ""

    def formfield(self, *args: Any, **kwargs: Any) -> None:
        return None


def _load(value: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(decrypt(value)) if value else {}
    return loaded
