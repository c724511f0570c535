"""How a row of any model leads to its tenant, as a Django lookup path."""

from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import ForeignKey, Model, QuerySet

from apps.tenants.models import Tenant
from apps.tenants.scope import Scope

TENANT_FIELD = "tenant"


_known: dict[type[Model], str | None] = {}


def tenant_path_of(model: type[Model]) -> str | None:
    """`tenant`, `delivery__tenant`, `pk` for the tenant itself; None where no required key leads to one."""
    if model not in _known:
        _known[model] = _find_path(model)
    return _known[model]


def _find_path(model: type[Model]) -> str | None:
    # A history row has a key of its own beside the original's.
    original: type[Model] | None = getattr(model, "instance_type", None)
    if original is not None and tenant_path_of(original) == "pk":
        return original._meta.pk.attname
    if model is Tenant:
        return "pk"
    if model is get_user_model():
        return "memberships__tenant"
    return _along_foreign_keys(model, frozenset())


def _along_foreign_keys(model: type[Model], seen: frozenset[type[Model]]) -> str | None:
    keys = [field for field in model._meta.concrete_fields if isinstance(field, ForeignKey)]
    if any(key.name == TENANT_FIELD and key.related_model is Tenant for key in keys):
        return TENANT_FIELD
    for key in keys:
        target: Any = key.related_model
        if key.null or target in seen or target is get_user_model():
            continue
        beyond = _along_foreign_keys(target, seen | {model})
        if beyond is not None:
            return f"{key.name}__{beyond}"
    return None


def tenant_id_of(row: Model, path: str) -> int | None:
    """The tenant of a row (saved or not) along its path; None where it is not known yet."""
    *steps, last = path.split("__")
    here: Any = row
    for step in steps:
        key = here._meta.get_field(step)
        if not isinstance(key, ForeignKey):
            return None  # a user belongs to several
        if getattr(here, key.attname) is None and not key.is_cached(here):
            return None
        here = getattr(here, step)
    if last == TENANT_FIELD:
        return here.tenant_id  # type: ignore[no-any-return]
    return getattr(here, last)  # type: ignore[no-any-return]


def tenants_of(value: Any) -> set[int]:
    """The tenants of a chosen row or of several. A user belongs to many and says nothing."""
    rows = value if isinstance(value, (list, tuple, QuerySet)) else [value]
    found: set[int] = set()
    for row in rows:
        path = tenant_path_of(type(row)) if isinstance(row, Model) else None
        if path is None or isinstance(row, get_user_model()):
            continue
        tenant_id = tenant_id_of(row, path)
        if tenant_id is not None:
            found.add(tenant_id)
    return found


def within(rows: QuerySet[Any], *, scope: Scope, path: str | None = None) -> QuerySet[Any]:
    """The rows that the scope may see. Rows that lead to no tenant are the superuser's alone."""
    if scope.is_superuser:
        return rows
    path = path or tenant_path_of(rows.model)
    if path is None or scope.tenant is None:
        return rows.none()
    return rows.filter(**{path: scope.tenant.pk})
