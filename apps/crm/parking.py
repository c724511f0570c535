"""Orders that wait because their CRM needs a person: kept apart, and on their way once it is mended."""

from collections.abc import Iterator

from django.db.models import Count, Min, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from apps.core.alarms import Alarm
from apps.core.errors import AuthFailed, ConfigInvalid
from apps.core.models import State
from apps.core.work import find
from apps.core.work.trouble import replay
from apps.crm.models import Conflict, OrderSync
from apps.integrations.checking import NEED_A_PERSON
from apps.integrations.models import Connection, Health

WORK = "crm.OrderSync"
# What a row fails with while its connection is not usable; a check that finds it well lets them go again.
PARKED = ("parked", AuthFailed.code, ConfigInvalid.code, "http_403", "wrong_address", "no_order_type")
_PARKED = _("The CRM's connection needs a person first. The order goes by itself once it is mended.")


def hold_while_unusable(connection: Connection) -> None:
    """Raises what parks the row: asking a service that refuses us would only lock the account."""
    if not connection.is_active:
        raise AuthFailed(_PARKED, code="parked")
    if connection.health == Health.NEEDS_RECONNECT:
        raise AuthFailed(_PARKED, code="parked")
    if connection.health == Health.MISCONFIGURED:
        raise ConfigInvalid(_PARKED, code="parked")


def parked(connection: Connection) -> QuerySet[OrderSync]:
    return OrderSync.objects.filter(connection=connection, state=State.FAILED, error_code__in=PARKED)


def resume(connection: Connection) -> int:
    """A check has found it well."""
    return replay(parked(connection), work=find(WORK))


def alarms(tenant_id: int | None) -> Iterator[Alarm]:
    yield from _of_parked(tenant_id)
    yield from _of_conflicts(tenant_id)


def _of_parked(tenant_id: int | None) -> Iterator[Alarm]:
    waits = Q(orders__state=State.FAILED, orders__error_code__in=PARKED)
    broken = Q(health__in=NEED_A_PERSON) | Q(is_active=False)
    rows = Connection.objects.filter(broken, waits)
    if tenant_id is not None:
        rows = rows.filter(tenant_id=tenant_id)
    counted = rows.annotate(n=Count("orders", filter=waits), since=Min("orders__due_at", filter=waits))
    for row in counted.select_related("tenant").order_by("pk"):
        page = reverse("admin:integrations_connection_change", args=[row.pk])
        said = ngettext("%(n)d order waits: %(why)s", "%(n)d orders wait: %(why)s", row.n) % {
            "n": row.n,
            "why": gettext(row.error_text) if row.error_text else gettext("it is disconnected"),
        }
        yield Alarm(
            subject=f"{row.tenant.slug}/{row.key}",
            title=row.name,
            text=said,
            since=row.since,
            page=page,
            address=page,
            act=_("Settings"),
            advice=_("Mend the connection and press «Check»: the orders then go by themselves."),
            connection_id=row.pk,
        )


def _of_conflicts(tenant_id: int | None) -> Iterator[Alarm]:
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
