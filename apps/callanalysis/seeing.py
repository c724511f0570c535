"""Whose calls somebody sees: leaders all, heads of certain offices those of these offices, others their own.

The link is `SalesManager.member`. A head who leads no office by the CRM's structure heads them all.
"""

from typing import Any

from django.db.models import Q, QuerySet

from apps.callanalysis.models import Call, Office, SalesManager
from apps.tenants.models import Role
from apps.tenants.paths import within
from apps.tenants.scope import Scope


def seen_managers(scope: Scope) -> QuerySet[SalesManager]:
    rows: QuerySet[Any] = within(SalesManager.objects.all(), scope=scope)
    if _sees_all(scope):
        return rows
    own = Q(member=scope.member)
    if scope.role == Role.HEAD:
        own |= Q(pk__in=Office.managers.through.objects.filter(office__in=_led(scope)).values("salesmanager"))
    return rows.filter(own)


def seen_calls(scope: Scope) -> QuerySet[Call]:
    return only_seen(Call.objects.all(), scope)


def only_seen(calls: QuerySet[Any], scope: Scope) -> QuerySet[Any]:
    rows = within(calls, scope=scope)
    return rows if _sees_all(scope) else rows.filter(sales_manager__in=seen_managers(scope).order_by())


def seen_offices(scope: Scope) -> QuerySet[Office]:
    """Those they lead, or where they work."""
    rows: QuerySet[Any] = within(Office.objects.all(), scope=scope)
    if _sees_all(scope):
        return rows
    works = Office.managers.through.objects.filter(salesmanager__member=scope.member).values("office")
    return rows.filter(Q(pk__in=_led(scope)) | Q(pk__in=works))


def _sees_all(scope: Scope) -> bool:
    if scope.may(Role.ADMIN):
        return True
    return scope.role == Role.HEAD and not _led(scope).exists()


def _led(scope: Scope) -> QuerySet[Any]:
    """Nobody's own: `member` is none only for a superuser, who is asked before."""
    return Office.leaders.through.objects.filter(salesmanager__member=scope.member).values("office")
