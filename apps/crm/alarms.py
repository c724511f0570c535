"""What orders have to tell people: fields that both sides have changed, orders left in another account."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Count, F, Min, QuerySet, TextField, Value
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from apps.core.alarms import Alarm
from apps.crm.models import Conflict
from apps.crm.staying import elsewhere
from apps.integrations.models import Connection


def order_alarms(tenant_id: int | None) -> Iterator[Alarm]:
    """One statement where there is nothing to tell: it stands on every start page."""
    clashes = _counted("conflicts", Conflict.objects.filter(decision=""), tenant_id, "sync__connection")
    left = _counted("elsewhere", elsewhere(), tenant_id, "connection", since="connection__updated_at")
    rows = list(clashes.union(left, all=True))
    connections = Connection.objects.select_related("tenant", "order_rules")
    found = connections.in_bulk({row["at"] for row in rows}) if rows else {}
    for row in sorted(rows, key=lambda row: (row["kind"], row["at"])):
        told = _clashes if row["kind"] == "conflicts" else _left
        yield told(row, found[row["at"]])


def _counted(
    kind: str, rows: QuerySet[Any], tenant_id: int | None, connection: str, *, since: str = "found_at"
) -> QuerySet[Any]:
    if tenant_id is not None:
        rows = rows.filter(tenant_id=tenant_id)
    grouped: QuerySet[Any] = (
        rows.order_by()
        .values(at=F(connection))
        .annotate(n=Count("pk"), since=Min(since), kind=Value(kind, TextField()))
    )
    return grouped


def _clashes(row: dict[str, Any], connection: Connection) -> Alarm:
    page = reverse("admin:crm_conflict_changelist") + "?decided=no"
    said = ngettext(
        "%(n)d field was changed on both sides", "%(n)d fields were changed on both sides", row["n"]
    )
    return Alarm(
        subject=f"{connection.tenant.slug}/{connection.key}/conflicts",
        title=connection.name,
        text=said % {"n": row["n"]},
        since=row["since"],
        page=page,
        address=page,
        act=_("Decide"),
        connection_id=connection.pk,
    )


def _left(row: dict[str, Any], connection: Connection) -> Alarm:
    page = reverse("admin:crm_orderrules_change", args=[connection.order_rules.pk])
    said = ngettext(
        "%(n)d order that goes on is in another account than the settings lead to by now.",
        "%(n)d orders that go on are in another account than the settings lead to by now.",
        row["n"],
    )
    return Alarm(
        subject=f"{connection.tenant.slug}/{connection.key}/elsewhere",
        title=connection.name,
        text=said % {"n": row["n"]},
        since=row["since"],
        page=page,
        address=page,
        act=pgettext_lazy("at trouble", "Look"),
        advice=_(
            "They are neither asked for nor changed. Put the former settings back and connect the new "
            "account as a connection of its own; or say on this page that it is the same account."
        ),
        connection_id=connection.pk,
    )
