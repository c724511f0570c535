"""What the upkeep of connections has to tell people."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.core.alarms import Alarm
from apps.integrations.cards import texts_in_language
from apps.integrations.checking import NEED_A_PERSON
from apps.integrations.models import Upkeep
from apps.tenants.clock import on_the_wall

# One failure may be a moment's; from here on somebody should know.
MANY = 3


def upkeep_alarms(tenant_id: int | None) -> Iterator[Alarm]:
    worth_telling = ~Q(warnings=[]) | Q(mended_at__isnull=False) | Q(failures__gte=MANY)
    rows = Upkeep.objects.filter(worth_telling, connection__is_active=True)
    if tenant_id is not None:
        rows = rows.filter(connection__tenant_id=tenant_id)
    for row in rows.select_related("connection__tenant").order_by("pk"):
        if row.mended_at:
            yield _alarm(row, _mended(row), row.mended_at, act=gettext("I have looked"), read=True)
        for text in texts_in_language(row.warnings):
            yield _alarm(row, text, row.warned_at)
        # What turned the card red is said there already.
        if row.failures >= MANY and row.connection.health not in NEED_A_PERSON:
            yield _alarm(row, _failing(row), row.failing_since)


def _alarm(row: Upkeep, text: str, since: datetime | None, *, act: str = "", read: bool = False) -> Alarm:
    connection = row.connection
    page = reverse("admin:integrations_connection_change", args=[connection.pk])
    return Alarm(
        subject=f"{connection.tenant.slug}/{connection.key}",
        title=connection.name,
        text=text,
        since=since or timezone.now(),
        page=page,
        address=reverse("admin:integrations_read", args=[connection.pk]) if read else page,
        act=act or _("Settings"),
        by_post=read,
        connection_id=connection.pk,
    )


def _mended(row: Upkeep) -> str:
    (text,) = texts_in_language([row.mended])
    if row.intact_at is None or row.mended_at is None:
        return text
    between = gettext("In order until %(intact)s, again since %(mended)s.")
    tenant = row.connection.tenant
    times = {"intact": on_the_wall(row.intact_at, tenant), "mended": on_the_wall(row.mended_at, tenant)}
    return f"{text} {between % times}"


def _failing(row: Upkeep) -> str:
    said = gettext("What keeps this connection alive has failed %(n)d times: %(reason)s")
    return said % {"n": row.failures, "reason": gettext(row.error_text)}
