"""Filters of the list of calls: they offer only whom the visitor may see."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from unfold.contrib.filters.admin import DropdownFilter

from apps.callanalysis.funnels import deal_stages, funnels
from apps.callanalysis.models import Call, CallOutcome, Office
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


class FunnelFilter(DropdownFilter):
    title = _("funnel")
    parameter_name = "funnel"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return sorted(funnels(scope_of(request).tenant).items(), key=lambda one: one[1])

    def queryset(self, request: HttpRequest, queryset: QuerySet[Call]) -> QuerySet[Call]:
        return queryset.filter(stage_id=self.value()) if self.value() else queryset


class DealStageFilter(DropdownFilter):
    title = _("stage of the deal")
    parameter_name = "deal_stage"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [*deal_stages(scope_of(request).tenant).items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Call]) -> QuerySet[Call]:
        return queryset.filter(deal_stage_id=self.value()) if self.value() else queryset


class OutcomeFilter(DropdownFilter):
    title = _("outcome")
    parameter_name = "outcome"
    # No outcome yet.
    IN_WORK = "none"
    # Several as one, as the report counts them.
    SEVERAL = {
        "unheard": (
            _("no conversation"), (CallOutcome.SILENCE, CallOutcome.VOICEMAIL, CallOutcome.LANGUAGE),
        ),
        "broken": (_("failed or can't be read"), (CallOutcome.FAILED, CallOutcome.UNREADABLE)),
    }  # fmt: skip

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        several = [(name, title) for name, (title, _these) in self.SEVERAL.items()]
        return [*CallOutcome.choices, *several, (self.IN_WORK, _("still being worked on"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Call]) -> QuerySet[Call]:
        value = self.value() or ""
        if value == self.IN_WORK:
            return queryset.filter(outcome="")
        if value in self.SEVERAL:
            return queryset.filter(outcome__in=self.SEVERAL[value][1])
        return queryset.filter(outcome=value) if value in CallOutcome.values else queryset
