"""What orders have to tell people: fields that were changed on both sides."""

from collections.abc import Iterator

from django.db.models import Count, Min
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from apps.core.alarms import Alarm
from apps.crm.models import Conflict


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
