"""Filters of the list of calls: they offer only whom the visitor may see."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from unfold.contrib.filters.admin import DropdownFilter

from apps.callanalysis.models import Call, Office
from apps.callanalysis.seeing import seen_managers, seen_offices
from apps.tenants.addresses import is_id
from apps.tenants.scope import scope_of


class ManagerFilter(DropdownFilter):
    title = pgettext_lazy("whose calls are analysed", "manager")
    parameter_name = "manager"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(one.pk), str(one)) for one in seen_managers(scope_of(request))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Call]) -> QuerySet[Call]:
        value = self.value() or ""
        return queryset.filter(sales_manager=int(value)) if is_id(value) else queryset


class OfficeFilter(DropdownFilter):
    title = _("office")
    parameter_name = "office"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(one.pk), str(one)) for one in seen_offices(scope_of(request))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Call]) -> QuerySet[Call]:
        value = self.value() or ""
        if not is_id(value):
            return queryset
        people = Office.managers.through.objects.filter(office=int(value)).values("salesmanager")
        return queryset.filter(sales_manager__in=people)
