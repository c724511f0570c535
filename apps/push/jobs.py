"""The durable work that a notification is."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.core.work import Work
from apps.push import sending
from apps.push.models import Device

# Longer than all time-outs inside: a token, a refused one asked for anew, and the request twice.
SENDING = timedelta(minutes=5)


def card_of(rows: Sequence[Any]) -> dict[int, str]:
    """What fails is mended at the connection."""
    page = "admin:integrations_connection_change"
    devices = dict(
        Device.objects.filter(pk__in={row.device_id for row in rows}).values_list("pk", "connection_id")
    )
    return {row.pk: reverse(page, args=[devices[row.device_id]]) for row in rows if row.device_id in devices}


def sweep() -> None:
    sending.sweep()


WORK = (
    Work(
        model="push.Push",
        title=_("Notifications on devices"),
        run=sending.send,
        lease=SENDING,
        max_failures=6,
        pages=card_of,
    ),
)
SCHEDULES = ({"name": "push.sweep", "func": "apps.push.jobs.sweep", "minutes": 24 * 60},)
