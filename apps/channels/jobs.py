"""What runs for this app: in processes of its own, by the clock, and work that is a channel's alone."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.channels import backfill, presses, readchecks, receipts, refreshing, silence
from apps.channels.alarms import silence_alarms
from apps.channels.models import Channel
from apps.channels.polling import run_poller
from apps.core.work import Work

# See `manage.py poll`.
POLLERS = {"channels.poll": run_poller}


def watch_silence() -> None:
    silence.watch()


def sweep_presses() -> None:
    presses.sweep()


def connection_pages(rows: Sequence[Any]) -> Mapping[int, str]:
    """What is wrong with a channel's list is mended on its connection's page."""
    channels = dict(
        Channel.objects.filter(pk__in={row.channel_id for row in rows}).values_list("pk", "connection_id")
    )
    return {
        row.pk: reverse("admin:integrations_connection_change", args=[channels[row.channel_id]])
        for row in rows
    }


WORK = (
    Work(model="channels.Backfill", title=_("Histories of channels"), run=backfill.step),
    Work(
        model="channels.TemplateList",
        title=_("Lists of message templates"),
        run=refreshing.fetch,
        max_failures=4,
        pages=connection_pages,
    ),
    Work(
        model="channels.Receipt",
        title=_("Read receipts"),
        run=receipts.mark,
        settled=receipts.settled,
    ),
    Work(model="channels.Press", title=_("Pressed buttons"), run=presses.tell),
    Work(
        model="channels.ReadCheck",
        title=_("Whether clients have read it"),
        run=readchecks.look,
        settled=readchecks.settled,
        pages=connection_pages,
    ),
)
SCHEDULES = (
    {"name": "channels.watch_silence", "func": "apps.channels.jobs.watch_silence", "minutes": 10},
    {"name": "channels.sweep_presses", "func": "apps.channels.jobs.sweep_presses", "minutes": 24 * 60},
)
ALARMS = {"silence": silence_alarms}
