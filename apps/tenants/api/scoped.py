"""Generic views and viewsets over one tenant's rows."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import ValidationError

from apps.tenants.api.permissions import tenant_of
from apps.tenants.paths import TENANT_FIELD, tenant_path_of, tenants_of

# What Django itself says of an id that is not there: another tenant's row is not there.
MISSING = _("There is no such object.")


class TenantScoped:
    """Mixed in front of a generic view: other tenants' rows are neither found nor accepted as values."""

    tenant_path: str | None = None
    request: Any

    def get_queryset(self) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset()  # type: ignore[misc]
        path = self.tenant_path or tenant_path_of(rows.model)
        return rows.none() if path is None else rows.filter(**{path: tenant_of(self.request).pk})

    def perform_create(self, serializer: Any) -> None:
        self._refuse_foreign(serializer)
        model = serializer.Meta.model
        owner = {TENANT_FIELD: tenant_of(self.request)} if tenant_path_of(model) == TENANT_FIELD else {}
        serializer.save(**owner)

    def perform_update(self, serializer: Any) -> None:
        self._refuse_foreign(serializer)
        serializer.save()

    def _refuse_foreign(self, serializer: Any) -> None:
        own = {tenant_of(self.request).pk}
        foreign = [name for name, value in serializer.validated_data.items() if tenants_of(value) - own]
        if foreign:
            raise ValidationError({name: [MISSING] for name in foreign})
