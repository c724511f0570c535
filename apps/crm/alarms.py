"""What orders have to tell people: fields that both sides have changed, orders left in another account."""

from collections.abc import Iterator

from django.db.models import Count, Min
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from apps.core.alarms import Alarm
from apps.crm.models import Conflict
from apps.crm.staying import elsewhere


def conflict_alarms(tenant_id: int | None) -> Iterator[Alarm]:
    rows = Conflict.objects.filter(decision="")
    if tenant_id is not None:
        rows = rows.filter(tenant_id=tenant_id)
    connection = "sync__connection"
    grouped = rows.values(connection, f"{connection}__name", f"{connection}__key", "tenant__slug").annotate(
        n=Count("pk"), since=Min("found_at")
    )
    for row in grouped.order_by(connection):
        page = reverse("admin:crm_conflict_changelist") + "?decided=no"
        said = ngettext(
            "%(n)d field was changed on both sides", "%(n)d fields were changed on both sides", row["n"]
        )
        yield Alarm(
            subject=f"{row['tenant__slug']}/{row[f'{connection}__key']}/conflicts",
            title=row[f"{connection}__name"],
            text=said % {"n": row["n"]},
            since=row["since"],
            page=page,
            address=page,
            act=_("Decide"),
            connection_id=row[connection],
        )


def elsewhere_alarms(tenant_id: int | None) -> Iterator[Alarm]:
    rows = elsewhere()
    if tenant_id is not None:
        rows = rows.filter(tenant_id=tenant_id)
    named = ("name", "key", "updated_at", "order_rules")
    grouped = rows.values("connection", "tenant__slug", *(f"connection__{name}" for name in named))
    for row in grouped.annotate(n=Count("pk")).order_by("connection"):
        page = reverse("admin:crm_orderrules_change", args=[row["connection__order_rules"]])
        said = ngettext(
            "%(n)d order that goes on is in another account than the settings lead to by now.",
            "%(n)d orders that go on are in another account than the settings lead to by now.",
            row["n"],
        )
        yield Alarm(
            subject=f"{row['tenant__slug']}/{row['connection__key']}/elsewhere",
            title=row["connection__name"],
            text=said % {"n": row["n"]},
            since=row["connection__updated_at"],
            page=page,
            address=page,
            act=pgettext_lazy("at trouble", "Look"),
            advice=_(
                "They are neither asked for nor changed. Put the former settings back and connect the new "
                "account as a connection of its own; or say on this page that it is the same account."
            ),
            connection_id=row["connection"],
        )
