"""The durable work of this app, and what is cleared away behind it."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.core.work import Work
from apps.tenants import mailing


def no_page(rows: Sequence[Any]) -> Mapping[int, str]:
    """What it is about stands in the text."""
    return {}


WORK = (
    Work(
        model="tenants.Letter",
        title=_("E-mails to administrators"),
        run=mailing.send,
        lease=timedelta(minutes=3),
        repeatable=mailing.is_repeatable,
        pages=no_page,
    ),
)


def sweep_letters() -> None:
    mailing.sweep()


SCHEDULES = (
    {"name": "tenants.sweep_letters", "func": "apps.tenants.jobs.sweep_letters", "minutes": 24 * 60},
)
