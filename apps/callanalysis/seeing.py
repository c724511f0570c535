"""Whose calls and chats somebody sees judged, and who may differ from the AI.

Leaders see all, heads of certain offices those of these offices, others their own.

The link is `SalesManager.member`. A head who leads no office by the CRM's structure heads them all.
"""

from typing import Any

from django.db.models import Q, QuerySet

from apps.appeals.admitting import seen_by
from apps.appeals.models import Appeal, Author
from apps.callanalysis.models import Call, Office, SalesManager
from apps.tenants.models import Role
from apps.tenants.paths import within
from apps.tenants.scope import LEADERS, Scope


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


def seen_appeals(scope: Scope) -> QuerySet[Appeal]:
    """Whose marks somebody sees, of the conversations that they find at all."""
    rows: QuerySet[Any] = within(Appeal.objects.all(), scope=scope)
    rows = rows.filter(seen_by(scope.member, "conversation"))
    if _sees_all(scope):
        return rows
    own = Q(operator=scope.member)
    if scope.role == Role.HEAD:
        led = Office.managers.through.objects.filter(office__in=_led(scope))
        own |= Q(operator__in=led.exclude(salesmanager__member=None).values("salesmanager__member"))
    return rows.filter(own)


def may_correct(scope: Scope, subject: Call | Appeal) -> bool:
    """Leaders; but nobody judges their own work, and whoever judges is of the organisation."""
    if scope.member is None or not scope.may(*LEADERS):
        return False
    if isinstance(subject, Call):
        return subject.sales_manager.member_id != scope.member.pk
    if subject.operator_id == scope.member.pk:
        return False
    # Whose the appeal is now need not be who has talked.
    return not subject.messages.filter(author=Author.OPERATOR, operator=scope.member).exists()


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
