"""List filters that offer only values of the visitor's own tenant."""

from collections.abc import Iterator
from typing import Any

from django.contrib.admin import AllValuesFieldListFilter, FieldListFilter, ListFilter, RelatedFieldListFilter
from django.contrib.admin.utils import get_fields_from_path
from django.contrib.admin.views.main import ChangeList
from django.db.models import Field, Model
from django.forms import ModelChoiceField
from django.http import HttpRequest

from apps.tenants.paths import within
from apps.tenants.scope import scope_of


class ScopedRelated(RelatedFieldListFilter):
    """Mixed in front of any filter over a relation, including those that render a form of their own."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> Any:
        visible = within(field.remote_field.model._default_manager.all(), scope=scope_of(request))
        offered = super().field_choices(field, request, model_admin)
        if scope_of(request).is_superuser:
            return offered
        own = {str(pk) for pk in visible.values_list("pk", flat=True)}
        return [choice for choice in offered if choice[0] == "" or str(choice[0]) in own]

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        choice: Any
        for choice in super().choices(changelist):
            for field in choice["form"].fields.values() if "form" in choice else ():
                # An autocomplete filter prints the name of whatever id stands in the address.
                if isinstance(field, ModelChoiceField) and field.queryset is not None:
                    field.queryset = within(field.queryset.all(), scope=scope_of(self.request))
            yield choice


class ScopedValues(AllValuesFieldListFilter):
    """All values of a field: of the rows in the list, never of the whole table."""

    def __init__(
        self, field: Any, request: HttpRequest, params: Any, model: Any, model_admin: Any, field_path: str
    ) -> None:
        super().__init__(field, request, params, model, model_admin, field_path)
        rows = model_admin.get_queryset(request).order_by(field_path)
        self.lookup_choices = rows.values_list(field_path, flat=True).distinct()


def scoped_filter(entry: Any, *, model: type[Model]) -> Any:
    """A `list_filter` entry made safe; simple filters are their author's and stay as they are."""
    if isinstance(entry, str):
        field: Any = get_fields_from_path(model, entry)[-1]
        chosen = _default_filter(field)
        return (entry, _with_scope(chosen))
    if isinstance(entry, (tuple, list)):
        path, chosen = entry
        return (path, _with_scope(chosen))
    return entry


def _default_filter(field: Field[Any, Any]) -> type[FieldListFilter]:
    # Django's own registry of which filter serves which field; there is no public way to ask for the class.
    registry: Any = FieldListFilter
    return next(chosen for test, chosen in registry._field_list_filters if test(field))  # type: ignore[no-any-return]


def _with_scope(chosen: type[ListFilter]) -> type[ListFilter]:
    for scoped, plain in ((ScopedRelated, RelatedFieldListFilter), (ScopedValues, AllValuesFieldListFilter)):
        if issubclass(chosen, plain) and not issubclass(chosen, scoped):
            bases = (scoped, chosen) if chosen is not plain else (scoped,)
            return type(f"Scoped{chosen.__name__}", bases, {})
    return chosen
