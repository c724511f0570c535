"""The durable work that an upload is, and when audiences are uploaded."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.ads import exporting, launching, telling
from apps.ads.parking import UPLOADS
from apps.core.work import Work

# Longer than all time-outs inside a run; a long list goes up in minutes.
UPLOADING = timedelta(minutes=10)


def page_of(rows: Sequence[Any]) -> dict[int, str]:
    return {row.pk: reverse("admin:ads_export_change", args=[row.pk]) for row in rows}


WORK = (
    Work(
        model="ads.Export",
        title=_("Audiences to advertising"),
        run=exporting.bring,
        lease=UPLOADING,
        settled=exporting.settled,
        pages=page_of,
    ),
)


def upload_daily() -> None:
    launching.begin_daily()


def take_out() -> None:
    launching.begin_leaving()


SCHEDULES = (
    {"name": "ads.upload_daily", "func": "apps.ads.jobs.upload_daily", "minutes": 5},
    {"name": "ads.take_out", "func": "apps.ads.jobs.take_out", "minutes": 15},
)
PARKED = {"uploads": UPLOADS}
TIMELINE = {"audiences": telling.audiences}
