"""The form behind every scoped admin page: it knows the row's tenant and lets no other tenant's row in."""

from typing import Any

from django import forms
from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from apps.tenants.paths import TENANT_FIELD, tenant_id_of, tenant_path_of, tenants_of

MIXED = _("This belongs to another organisation.")


class TenantForm(forms.ModelForm):
    """`own_tenant_id` is the visitor's, or in an inline the parent row's; None for a superuser who adds."""

    own_tenant_id: int | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self._is_filled_in() and self.instance.tenant_id is None:
            self.instance.tenant_id = self.own_tenant_id

    def _is_filled_in(self) -> bool:
        return self.own_tenant_id is not None and _has_tenant_column(type(self.instance))

    def _get_validation_exclusions(self) -> set[str]:
        # The tenant stands in no field of the form, yet «once per tenant» must be checked with it.
        excluded: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]
        if self._is_filled_in():
            excluded.discard(TENANT_FIELD)
        return excluded

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        values: dict[str, Any] = self.cleaned_data if cleaned is None else cleaned
        owner = self._owner(values)
        for name, value in list(values.items()):
            for tenant_id in tenants_of(value):
                if owner is None:
                    owner = tenant_id
                elif tenant_id != owner:
                    self.add_error(name, MIXED)
                    break
        return cleaned

    def _owner(self, values: dict[str, Any]) -> int | None:
        chosen = values.get(TENANT_FIELD)
        if isinstance(chosen, Model) and _has_tenant_column(type(self.instance)):
            return chosen.pk  # type: ignore[no-any-return]
        path = tenant_path_of(type(self.instance))
        known = tenant_id_of(self.instance, path) if path and path.endswith(TENANT_FIELD) else None
        return known if known is not None else self.own_tenant_id


def scoped_form(form: type[forms.ModelForm], *, tenant_id: int | None) -> type[forms.ModelForm]:
    bases = (form,) if issubclass(form, TenantForm) else (TenantForm, form)
    return type(form.__name__, bases, {"own_tenant_id": tenant_id})


def _has_tenant_column(model: type[Model]) -> bool:
    return tenant_path_of(model) == TENANT_FIELD
