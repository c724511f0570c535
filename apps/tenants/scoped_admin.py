"""The admin's only door to tenant rows: lists, choices, actions and object pages show one's own tenant alone.

Roles decide, not Django's permissions; a superuser is in every role. NOBODY keeps even them out: such rows
are not changed by hand.
"""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, ClassVar, Literal

from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.utils import unquote
from django.core.exceptions import BadRequest, PermissionDenied
from django.db.models import Model, QuerySet
from django.forms import ModelForm
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern
from django.utils.functional import Promise
from unfold.admin import ModelAdmin, StackedInline, TabularInline

from apps.tenants.addresses import is_id
from apps.tenants.models import Role
from apps.tenants.paths import TENANT_FIELD, tenant_id_of, tenant_path_of, within
from apps.tenants.scope import ADMIN_ONLY, EVERYONE, LEADERS, Scope, find_scope, scope_of
from apps.tenants.scoped_filters import scoped_filter
from apps.tenants.scoped_forms import scoped_form
from apps.tenants.scoped_pages import page, scoped_page

__all__ = [
    "ADMIN_ONLY",
    "EVERYONE",
    "LEADERS",
    "NOBODY",
    "SUPERUSER_ONLY",
    "TenantAdmin",
    "TenantInline",
    "TenantStackedInline",
    "page",
    "scoped_page",
]

Roles = frozenset[Role] | None

SUPERUSER_ONLY: Roles = frozenset()
NOBODY: Roles = None
# These look the object up through get_queryset themselves.
_DJANGOS_OWN = ("_change", "_delete", "_history")


class _Scoped:
    """What a page and an inline have in common."""

    model: type[Model]
    tenant_path: str | None = None
    view_roles: ClassVar[Roles] = ADMIN_ONLY
    edit_roles: ClassVar[Roles] = ADMIN_ONLY
    delete_roles: ClassVar[Roles] = ADMIN_ONLY
    # Whoever may edit, unless said otherwise: NOBODY where rows come from elsewhere.
    add_roles: ClassVar[Roles | Literal["edit_roles"]] = "edit_roles"

    @property
    def path(self) -> str | None:
        return self.tenant_path or tenant_path_of(self.model)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)  # type: ignore[misc]
        return within(rows, scope=scope_of(request), path=self.path)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[misc]
        return _limit(field, request)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_manytomany(db_field, request, **kwargs)  # type: ignore[misc]
        return _limit(field, request)

    def _in_role(self, request: HttpRequest, roles: Roles) -> bool:
        scope = find_scope(request)
        return roles is not None and scope is not None and scope.may(*roles)

    def _may_view(self, request: HttpRequest) -> bool:
        return self._in_role(request, self.view_roles) or self._in_role(request, self.edit_roles)

    def _may_add(self, request: HttpRequest) -> bool:
        return self._in_role(request, self.edit_roles if self.add_roles == "edit_roles" else self.add_roles)

    def _shows_tenant(self, request: HttpRequest) -> bool:
        """Only a superuser has a use for the column, the filter and the field."""
        return self.path == TENANT_FIELD and scope_of(request).is_superuser


class TenantAdmin(_Scoped, ModelAdmin):
    # A title and a sentence of what is kept here and what to do first, for the list while it is empty; shown
    # where `list_before_template` is tenants/nothing_yet.html, or includes it.
    nothing_yet: ClassVar[tuple[str | Promise, str | Promise] | None] = None

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may_view(request) and self._owns(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._in_role(request, self.edit_roles) and self._owns(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._in_role(request, self.delete_roles) and self._owns(request, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self._may_add(request)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self._may_view(request)

    def _owns(self, request: HttpRequest, obj: Any) -> bool:
        """`obj` is a row, or for unfold's detail actions the id as it stands in the address."""
        scope = scope_of(request)
        if obj is None or scope.is_superuser:
            return True
        if isinstance(obj, Model):
            return self._tenant_id(obj) == scope.tenant.pk if scope.tenant else False
        return self.get_object(request, unquote(str(obj))) is not None

    def _tenant_id(self, row: Model) -> int | None:
        return tenant_id_of(row, self.path) if self.path else None

    @property
    def urls(self) -> list[URLPattern]:
        return [self._guarded(pattern) for pattern in self.get_urls()]

    def _guarded(self, pattern: URLPattern) -> URLPattern:
        """No page without a scope, none about another tenant's row, whatever the page itself forgets."""
        view: Callable[..., Any] = pattern.callback
        name = pattern.name or ""
        looks_itself = name.endswith(_DJANGOS_OWN)

        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not self.has_module_permission(request):
                raise PermissionDenied
            if not all(is_id(arg) for arg in _history_ids(name, args, kwargs)):
                raise Http404  # those pages take any text for a number
            object_id = kwargs.get("object_id")
            if object_id is not None and not looks_itself and not self._finds(request, object_id):
                gone: HttpResponse = self._get_obj_does_not_exist_redirect(request, self.opts, str(object_id))
                return gone
            answer: HttpResponse = view(request, *args, **kwargs)
            return answer

        door = wraps(view)(self.admin_site.admin_view(guarded))
        return URLPattern(pattern.pattern, door, pattern.default_args, pattern.name)

    def _finds(self, request: HttpRequest, object_id: Any) -> bool:
        return self.get_object(request, unquote(str(object_id))) is not None

    def get_ordering(self, request: HttpRequest) -> Any:
        # The model's own order is lost as soon as a list counts something.
        return super().get_ordering(request) or self.opts.ordering

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        return self._tenant_last(request, super().get_list_display(request))

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        entries = self._tenant_last(request, super().get_list_filter(request))
        return [scoped_filter(entry, model=self.model) for entry in entries]

    def _tenant_last(self, request: HttpRequest, names: Iterable[Any]) -> list[Any]:
        rest = [name for name in names if name != TENANT_FIELD]
        return [*rest, TENANT_FIELD] if self._shows_tenant(request) else rest

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return self._with_tenant(request, super().get_fieldsets(request, obj))

    def _with_tenant(self, request: HttpRequest, fieldsets: Iterable[Any]) -> list[Any]:
        """The tenant comes first for a superuser and is no field for anybody else."""
        found = [
            (title, {**options, "fields": _without_tenant(options["fields"])}) for title, options in fieldsets
        ]
        if self._shows_tenant(request) and found:
            found[0][1]["fields"].insert(0, TENANT_FIELD)
        return found

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        names = [name for name in super().get_readonly_fields(request, obj) if name != TENANT_FIELD]
        # A row never moves to another tenant: what hangs on it would stay behind.
        return [*names, TENANT_FIELD] if obj is not None and self._shows_tenant(request) else names

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> type[ModelForm[Any]]:
        form = super().get_form(request, obj, change=change, **kwargs)
        return scoped_form(form, tenant_id=self._own_tenant_id(request, obj))

    def get_changelist_form(self, request: HttpRequest, **kwargs: Any) -> type[ModelForm[Any]]:
        form = super().get_changelist_form(request, **kwargs)
        return scoped_form(form, tenant_id=self._own_tenant_id(request, None))

    def response_action(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        if not all(is_id(pk) for pk in request.POST.getlist(ACTION_CHECKBOX_NAME)):
            raise BadRequest("no ids")
        return super().response_action(request, queryset)

    def _own_tenant_id(self, request: HttpRequest, obj: Any) -> int | None:
        scope = scope_of(request)
        if scope.tenant is not None:
            return scope.tenant.pk
        return self._tenant_id(obj) if isinstance(obj, self.model) else None

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        self._refuse_foreign(scope_of(request), self._tenant_id(obj))
        super().save_model(request, obj, form, change)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """New inline rows take the tenant of the row they hang on."""
        owner = self._tenant_id(form.instance)
        for row_form in formset.forms:
            row = row_form.instance
            path = tenant_path_of(type(row))
            if path == TENANT_FIELD and row.tenant_id is None:
                row.tenant_id = owner
            if path and row_form.has_changed() and tenant_id_of(row, path) not in (None, owner):
                raise PermissionDenied
        super().save_formset(request, form, formset, change)

    def _refuse_foreign(self, scope: Scope, tenant_id: int | None) -> None:
        if scope.tenant is not None and tenant_id not in (None, scope.tenant.pk):
            raise PermissionDenied


class _ScopedInline(_Scoped):
    """Rows inside another row's page, whose tenant the page has checked already."""

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may_view(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._in_role(request, self.edit_roles)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._in_role(request, self.delete_roles)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may_add(request)

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [*(super().get_exclude(request, obj) or ()), TENANT_FIELD]  # type: ignore[misc]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return _without_tenant(super().get_fields(request, obj))  # type: ignore[misc]

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        formset = super().get_formset(request, obj, **kwargs)  # type: ignore[misc]
        formset.form = scoped_form(formset.form, tenant_id=self._parents_tenant_id(request, obj))
        return formset

    def _parents_tenant_id(self, request: HttpRequest, parent: Any) -> int | None:
        path = tenant_path_of(type(parent)) if isinstance(parent, Model) else None
        known = tenant_id_of(parent, path) if path else None
        tenant = scope_of(request).tenant
        return known if known is not None else (tenant.pk if tenant else None)


class TenantInline(_ScopedInline, TabularInline):
    extra = 0


class TenantStackedInline(_ScopedInline, StackedInline):
    extra = 0


def _history_ids(name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[str]:
    if name.endswith("_simple_history"):
        return [*args]
    return [kwargs["object_id"]] if name.endswith("_history") and "object_id" in kwargs else []


def _limit(field: Any, request: HttpRequest) -> Any:
    if field is not None and getattr(field, "queryset", None) is not None:
        field.queryset = within(field.queryset.all(), scope=scope_of(request))
    return field


def _without_tenant(fields: Iterable[Any]) -> list[Any]:
    """Fields may stand in rows of several."""
    kept: list[Any] = []
    for field in fields:
        if isinstance(field, (tuple, list)):
            kept.append(tuple(_without_tenant(field)))
        elif field != TENANT_FIELD:
            kept.append(field)
    return kept
