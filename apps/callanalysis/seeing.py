"""Whose calls somebody sees: administrators all, heads those of the offices they lead, others their own.

The link is `SalesManager.member`. A head who leads no office sees their own calls alone, as an operator does.
"""

from typing import Any

from django.db.models import Q, QuerySet

from apps.callanalysis.models import Call, Office, SalesManager
from apps.tenants.models import Role
from apps.tenants.paths import within
from apps.tenants.scope import Scope


def seen_managers(scope: Scope) -> QuerySet[SalesManager]:
    rows: QuerySet[Any] = within(SalesManager.objects.all(), scope=scope)
    if scope.may(Role.ADMIN):
        return rows
    own = Q(member=scope.member)
    if scope.role == Role.HEAD:
        own |= Q(pk__in=Office.managers.through.objects.filter(office__in=_led(scope)).values("salesmanager"))
    return rows.filter(own)


def seen_calls(scope: Scope) -> QuerySet[Call]:
    rows: QuerySet[Any] = within(Call.objects.all(), scope=scope)
    return rows if scope.may(Role.ADMIN) else rows.filter(sales_manager__in=seen_managers(scope))


def seen_offices(scope: Scope) -> QuerySet[Office]:
    """Those they lead, or where they work."""
    rows: QuerySet[Any] = within(Office.objects.all(), scope=scope)
    if scope.may(Role.ADMIN):
        return rows
    works = Office.managers.through.objects.filter(salesmanager__member=scope.member).values("office")
    return rows.filter(Q(pk__in=_led(scope)) | Q(pk__in=works))


def _led(scope: Scope) -> QuerySet[Any]:
    return Office.leaders.through.objects.filter(salesmanager__member=scope.member).values("office")
