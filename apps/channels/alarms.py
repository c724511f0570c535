"""Which channels are silent at the moment, said for people."""

from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.channels.models import Silence
from apps.channels.silence import held
from apps.core.alarms import Alarm
from apps.tenants.clock import on_the_wall

_ADVICE = _(
    "Check it on its card, see at the service whether messages are still sent to this server's address, and "
    "write to the channel yourself."
)


def silence_alarms(tenant_id: int | None) -> Iterator[Alarm]:
    rows = held() if tenant_id is None else held().filter(tenant_id=tenant_id)
    for row in rows.select_related("channel", "tenant").order_by("since"):
        yield Alarm(
            subject=f"{row.tenant.slug}/{row.channel.key}",
            title=row.channel.name,
            text=_said(row),
            advice=_ADVICE,
            since=row.since,
            page=reverse("admin:integrations_connection_change", args=[row.channel.connection_id]),
            address=reverse("admin:channels_channel_change", args=[row.channel_id]),
            act=_("Mute until a date"),
            connection_id=row.channel.connection_id,
        )


def _said(row: Silence) -> str:
    silent = gettext(
        "Nothing has come since %(since)s. In the same hours of the last weeks something came about "
        "%(times)d times."
    )
    return silent % {"since": on_the_wall(row.since, row.tenant), "times": round(row.expected)}
