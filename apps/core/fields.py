"""A column for secrets: a mapping in Python, ciphertext in the database and in fixtures."""

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.secrets import PREFIX, Undecryptable, decrypt, encrypt

if TYPE_CHECKING:
    Base = models.Field[Mapping[str, Any], Mapping[str, Any]]
else:
    Base = models.Field


class Sealed(Mapping[str, Any]):
    """What a row holds, opened when it is first looked into: `secrets.Undecryptable` where no key opens it.

    So a list may join rows whose key is lost, and whoever needs no secret decrypts none. Never in its repr.
    """

    __slots__ = ("_content", "stored")

    def __init__(self, stored: str) -> None:
        self.stored = stored
        self._content: dict[str, Any] | None = None

    def __repr__(self) -> str:
        return "<Sealed>"

    def __getitem__(self, name: str) -> Any:
        return self._open()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._open())

    def __len__(self) -> int:
        return len(self._open())

    def resealed(self) -> str:
        """Under the newest key; just as it is where no key opens it, since that key may yet be found."""
        try:
            return encrypt(decrypt(self.stored)) if self.stored else ""
        except Undecryptable:
            return self.stored

    def _open(self) -> dict[str, Any]:
        if self._content is None:
            self._content = json.loads(decrypt(self.stored)) if self.stored else {}
        return self._content


class EncryptedJSONField(Base):
    """An empty dict is an empty string, so that nobody can tell from a blank row that a key was ever there.

    It cannot be searched, has no form field, and `dumpdata` writes ciphertext. Keep it out of history
    (`excluded_fields`).
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

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> Sealed | None:
        return None if value is None else Sealed(value)

    def get_prep_value(self, value: Any) -> str | None:
        value = super().get_prep_value(value)
        if value is None:
            return None
        if isinstance(value, Sealed):
            return value.resealed()
        if not isinstance(value, dict):
            raise TypeError(f"{self.name} holds a dict.")
        return encrypt(json.dumps(value, ensure_ascii=False)) if value else ""

    def to_python(self, value: Any) -> Any:
        if value is None or isinstance(value, dict | Sealed):
            return value
        if isinstance(value, str) and (not value or value.startswith(PREFIX)):
            return Sealed(value)
        raise ValidationError(_("This is not an encrypted value."), code="invalid")

    def value_to_string(self, obj: models.Model) -> str:
        return self.get_prep_value(self.value_from_object(obj)) or ""

    def formfield(self, *args: Any, **kwargs: Any) -> None:
        return None
