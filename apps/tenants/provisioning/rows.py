"""One row as the file wants it: judged, kept where it differs, and told of."""

from collections.abc import Mapping, Sequence
from datetime import time
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Model

from apps.tenants.provisioning.document import Path
from apps.tenants.provisioning.report import compare
from apps.tenants.provisioning.run import Run


def given_of(entry: Any, names: Sequence[str]) -> dict[str, Any]:
    """What the file says of these fields; what it leaves out stays as it is."""
    return {name: getattr(entry, name) for name in names if name in entry.model_fields_set}


def keep(
    run: Run,
    path: Path,
    row: Model,
    given: Mapping[str, Any],
    *,
    fields: Sequence[str],
    what: str,
    key: str,
    more: tuple[Mapping[str, Any], Mapping[str, Any]] = ({}, {}),
) -> bool:
    """False where a value is wrong, which is told. `more`: what changes beside these, before and after."""
    before = None if row.pk is None else {**state(row, fields), **more[0]}
    for name, value in given.items():
        setattr(row, name, value)
    if errors := _errors(row, fields):
        for name, text in errors:
            run.problem((*path, name), text)
        return False
    after = {**state(row, fields), **more[1]}
    differences = compare(before, after)
    if before is None or differences:
        row.save()
    run.note(what, key, created=before is None, differences=differences)
    return True


def state(row: Model, fields: Sequence[str]) -> dict[str, Any]:
    return {name: _plain(getattr(row, name)) for name in fields}


def _plain(value: Any) -> Any:
    return f"{value:%H:%M}" if isinstance(value, time) else value


def _errors(row: Model, fields: Sequence[str]) -> list[tuple[str, str]]:
    others = {field.name for field in row._meta.fields} - {*fields}
    try:
        row.clean_fields(exclude=others)
    except ValidationError as error:
        return [(name, text) for name, texts in error.message_dict.items() for text in texts]
    return []
