"""What a section expects of its part of the file: pydantic models whose errors become problems with lines."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    SecretStr,
    StringConstraints,
    ValidationError,
    ValidationInfo,
)
from pydantic_core import ErrorDetails

from apps.tenants.provisioning.document import Path as FieldPath
from apps.tenants.provisioning.given import resolve

E = TypeVar("E", bound="Entry")


class Entry(BaseModel):
    """One thing of the file. A text may be written as a number: `shop: 12345`."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, hide_input_in_errors=True, coerce_numbers_to_str=True
    )


def _key(value: Any) -> Any:
    if isinstance(value, str) and not all(c.isascii() and (c.isalnum() or c in "-_") for c in value):
        raise ValueError("Only letters a–z, digits, - and _.")
    return value


def _secret(value: Any, info: ValidationInfo) -> str:
    return resolve(value, folder=(info.context or {}).get("folder", Path()))


Key = Annotated[str, StringConstraints(min_length=1, max_length=50), BeforeValidator(_key)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
LongName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
GivenSecret = Annotated[SecretStr, BeforeValidator(_secret)]


def read_entry(model: type[E], data: Any, *, folder: Path) -> E | list[tuple[FieldPath, str]]:
    """The entry, or what is wrong in it: paths within it and sentences."""
    try:
        return model.model_validate(data, context={"folder": folder})
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
    return list(_problems(model, found))


def _problems(model: type[Entry], found: list[ErrorDetails]) -> Iterator[tuple[FieldPath, str]]:
    for error in found:
        kind, words = error["type"], error["msg"]
        if kind == "value_error":
            words = str(error["ctx"]["error"])
        elif kind == "missing":
            words = "It is required."
        elif kind == "extra_forbidden":
            words = f"There is no such field here; there are: {', '.join(model.model_fields)}."
        elif kind in ("model_type", "dict_type"):
            words = "Fields are expected here, such as {name: value}."
        yield error["loc"], words
