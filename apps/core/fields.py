"""A JSON column that only this process can read."""

import json
from typing import TYPE_CHECKING, Any

from django.db import models

from apps.core.secrets import decrypt, encrypt

if TYPE_CHECKING:
    _Base = models.TextField[dict[str, Any], dict[str, Any]]
else:
    _Base = models.TextField


class EncryptedJSONField(_Base):
    """A dict in Python, ciphertext in the database, an empty string for an empty dict.

    Nothing can be looked up in it, and what is dumped is the ciphertext.
    """

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> dict[str, Any]:
        return _open(value)

    def to_python(self, value: Any) -> dict[str, Any]:
        return value if isinstance(value, dict) else _open(value)

    def get_prep_value(self, value: dict[str, Any] | None) -> str:
        return encrypt(json.dumps(value)) if value else ""

    def value_to_string(self, obj: models.Model) -> str:
        return self.get_prep_value(self.value_from_object(obj))

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name == "isnull":
            return super().get_lookup(lookup_name)
        return None


def _open(value: str | None) -> dict[str, Any]:
    opened: dict[str, Any] = json.loads(decrypt(value)) if value else {}
    return opened
