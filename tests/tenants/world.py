"""One row of every model in the project, all of tenant A, all under one id, all wearing one word.

Whatever page, list, choice or answer that word turns up in knows of A; whatever route takes an id can be
asked for that very row, of whatever model it is.
"""

import uuid
from typing import Any

from django.apps import apps
from django.contrib.auth.models import User
from django.db import models
from model_bakery import baker

from apps.core.models import DurableWork, State
from apps.tenants.models import Role, Tenant
from apps.tenants.paths import tenant_path_of

PK = 7_770_001
WORD = "zqalphazq"
A_UUID = uuid.UUID("77777777-0000-4000-8000-000000000001")
# Words that must mean something for a page to be drawn at all.
MEANINGFUL: dict[str, dict[str, Any]] = {
    "integrations.Connection": {"connector": "webchat"},
    "channels.InboundEvent": {"connector": "webchat", "outcome": "unrouted"},
    "tenants.Member": {"role": Role.ADMIN},
    # Of one of two things, never of both.
    "callanalysis.Backfill": {"table": None},
    "callanalysis.Correction": {"cell": None},
    "callanalysis.Scorecard": {"appeal": None},
    "callanalysis.TableRow": {"appeal": None},
}


def own_models() -> list[type[models.Model]]:
    return [
        model
        for config in apps.get_app_configs()
        if config.name.startswith("apps.")
        for model in config.get_models()
        # History rows come by themselves; what is not managed is another model's table.
        if not hasattr(model, "instance_type") and model._meta.managed
    ]


def tenant_models() -> list[type[models.Model]]:
    return [model for model in own_models() if tenant_path_of(model) is not None]


def build() -> None:
    made: dict[type[models.Model], models.Model] = {
        User: User.objects.create(pk=PK, username=WORD, first_name=WORD, email=f"{WORD}@example.com")
    }
    for model in tenant_models():
        _make(model, made, frozenset())
        if hasattr(model, "history"):
            model.history.update(history_id=PK)


def _make(model: type[models.Model], made: dict[Any, Any], begun: frozenset[Any]) -> Any:
    if model in made:
        return made[model]
    values: dict[str, Any] = {model._meta.pk.name: PK}
    for field in model._meta.concrete_fields:
        value = _value(field, made, begun | {model})
        if value is not None:
            values[field.name] = value
    if issubclass(model, DurableWork):
        values |= {"state": State.FAILED, "error_code": "internal", "error_text": WORD}
    values |= MEANINGFUL.get(model._meta.label, {})
    made[model] = baker.make(model, **values)
    return made[model]


def _value(field: Any, made: dict[Any, Any], begun: frozenset[Any]) -> Any:
    if isinstance(field, models.ForeignKey):
        target = field.related_model
        known = target is User or tenant_path_of(target) is not None
        return _make(target, made, begun) if known and target not in begun else None
    if isinstance(field, models.UUIDField):
        return A_UUID
    if not isinstance(field, (models.CharField, models.TextField)) or field.choices:
        return None
    has_word_already = isinstance(field.default, str) and field.default
    too_short = field.max_length is not None and field.max_length < len(WORD)
    return None if has_word_already or too_short else WORD


def snapshot() -> dict[str, Any]:
    """Everything of A as it stands in the database."""
    return {
        model._meta.label: sorted(
            map(repr, model._default_manager.filter(**{str(tenant_path_of(model)): PK}).values_list())
        )
        for model in tenant_models()
    }


def mixed(other: Tenant) -> list[str]:
    """Rows of the other tenant that point at A's."""
    found = []
    for model in tenant_models():
        rows = model._default_manager.filter(**{str(tenant_path_of(model)): other.pk})
        keys = [field for field in model._meta.concrete_fields if isinstance(field, models.ForeignKey)]
        found += [
            f"{model._meta.label}.{key.name}"
            for key in keys
            if key.related_model in tenant_models() and rows.filter(**{key.attname: PK}).exists()
        ]
    return found
