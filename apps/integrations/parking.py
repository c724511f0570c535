"""Work that waits because its connection needs a person: kept apart, told of, on its way once it is mended.

An app that parks rows of its work says so in `jobs.PARKED`. All of them are told of by one statement, for it
stands on every start page, and kinds of work grow in number.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Min, Q, QuerySet, TextField, Value
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.core.alarms import Alarm
from apps.core.errors import AuthFailed, ConfigInvalid
from apps.core.models import State
from apps.core.work import find
from apps.core.work.registry import job_modules
from apps.core.work.trouble import replay
from apps.integrations.checking import NEED_A_PERSON
from apps.integrations.models import Connection, Health

# What a row fails with while its connection is not usable.
USUAL = ("parked", AuthFailed.code, ConfigInvalid.code, "http_403", "wrong_address")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parking:
    """`work` is a model of durable work («app.Model»), `connection` the path from it to its connection, `why`
    what a parked row says of itself. `waits` tells how many wait, with «%(why)s» for what has to be mended.
    """

    work: str
    connection: str
    why: str | Promise
    waits: Callable[[int], str]
    advice: str | Promise
    codes: tuple[str, ...] = USUAL

    def hold_while_unusable(self, connection: Connection) -> None:
        """Raises what parks the row: asking a service that refuses us would only lock the account."""
        if not connection.is_active or connection.health == Health.NEEDS_RECONNECT:
            raise AuthFailed(self.why, code="parked")
        if connection.health == Health.MISCONFIGURED:
            raise ConfigInvalid(self.why, code="parked")

    def resume(self, connection: Connection) -> int:
        """For a Spec's `on_checked`: a check has found it well."""
        return replay(self.rows().filter(**{self.connection: connection}), work=find(self.work))

    def rows(self) -> QuerySet[Any]:
        model: Any = find(self.work).model_class
        found: QuerySet[Any] = model.objects.filter(state=State.FAILED, error_code__in=self.codes)
        return found


def parkings() -> Mapping[str, Parking]:
    """By kind, a word that names it in /metrics."""
    return {kind: one for module in job_modules() for kind, one in getattr(module, "PARKED", {}).items()}


def alarms(tenant_id: int | None) -> Iterator[Alarm]:
    """Of each connection that needs a person and that something waits for."""
    kinds = parkings()
    counted = [_counted(kind, one, tenant_id) for kind, one in kinds.items()]
    rows = list(counted[0].union(*counted[1:], all=True)) if counted else []
    connections = Connection.objects.select_related("tenant").in_bulk({row["at"] for row in rows})
    for row in sorted(rows, key=lambda row: row["at"]):
        connection, parking = connections[row["at"]], kinds[row["kind"]]
        page = reverse("admin:integrations_connection_change", args=[connection.pk])
        why = gettext(connection.error_text) if connection.error_text else gettext("it is disconnected")
        yield Alarm(
            subject=f"{connection.tenant.slug}/{connection.key}/{row['kind']}",
            title=connection.name,
            text=parking.waits(row["n"]) % {"n": row["n"], "why": why},
            since=row["since"],
            page=page,
            address=page,
            act=_("Settings"),
            advice=parking.advice,
            connection_id=connection.pk,
        )


def _counted(kind: str, parking: Parking, tenant_id: int | None) -> QuerySet[Any]:
    path = parking.connection
    broken = Q(**{f"{path}__health__in": NEED_A_PERSON}) | Q(**{f"{path}__is_active": False})
    rows = parking.rows().filter(broken)
    if tenant_id is not None:
        rows = rows.filter(tenant_id=tenant_id)
    grouped: QuerySet[Any] = (
        rows.order_by()
        .values(at=F(path))
        .annotate(n=Count("pk"), since=Min("due_at"), kind=Value(kind, TextField()))
    )
    return grouped
