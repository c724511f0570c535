"""Uploads that wait because their account needs a person, and people who cannot be taken out until then."""

from collections.abc import Iterator

from django.db.models import Count, Min, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from apps.ads.models import Export
from apps.core.alarms import Alarm
from apps.core.errors import AuthFailed, ConfigInvalid
from apps.core.models import State
from apps.core.work import find
from apps.core.work.trouble import replay
from apps.integrations.checking import NEED_A_PERSON
from apps.integrations.models import Connection, Health

WORK = "ads.Export"
# What an upload fails with while its connection is not usable; a check that finds it well lets it go again.
PARKED = ("parked", AuthFailed.code, ConfigInvalid.code, "http_403", "wrong_address")
_PARKED = _("The advertising account needs a person first. The upload goes by itself once it is mended.")


def hold_while_unusable(connection: Connection) -> None:
    """Raises what parks the row: asking a service that refuses us would only lock the account."""
    if not connection.is_active or connection.health == Health.NEEDS_RECONNECT:
        raise AuthFailed(_PARKED, code="parked")
    if connection.health == Health.MISCONFIGURED:
        raise ConfigInvalid(_PARKED, code="parked")


def parked(connection: Connection) -> QuerySet[Export]:
    return Export.objects.filter(placement__connection=connection, state=State.FAILED, error_code__in=PARKED)


def resume(connection: Connection) -> int:
    """A check has found it well."""
    return replay(parked(connection), work=find(WORK))


def alarms(tenant_id: int | None) -> Iterator[Alarm]:
    """Accounts that need a person while somebody is in an audience there, or waits to be."""
    waits = Q(placements__exports__state=State.FAILED, placements__exports__error_code__in=PARKED)
    rows = Connection.objects.filter(Q(health__in=NEED_A_PERSON) | Q(is_active=False), waits)
    if tenant_id is not None:
        rows = rows.filter(tenant_id=tenant_id)
    exports = "placements__exports"
    counted = rows.annotate(n=Count(exports, filter=waits), since=Min(f"{exports}__due_at", filter=waits))
    for row in counted.select_related("tenant").order_by("pk"):
        page = reverse("admin:integrations_connection_change", args=[row.pk])
        said = ngettext("%(n)d upload waits: %(why)s", "%(n)d uploads wait: %(why)s", row.n) % {
            "n": row.n,
            "why": gettext(row.error_text) if row.error_text else gettext("it is disconnected"),
        }
        yield Alarm(
            subject=f"{row.tenant.slug}/{row.key}/audiences",
            title=row.name,
            text=said,
            since=row.since,
            page=page,
            address=page,
            act=_("Settings"),
            advice=_(
                "Mend the connection and press «Check»: the uploads then go by themselves. Until then "
                "whoever has bought or taken their consent back stays in the audiences there."
            ),
            connection_id=row.pk,
        )
