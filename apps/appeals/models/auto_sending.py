"""Whether and when the AI may answer in a channel without a person. Without a row it may not."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from apps.channels.models import Channel
from apps.tenants.hours import DAYS
from apps.tenants.models import Tenant


def every_day() -> list[str]:
    return list(DAYS)


class AutoSending(models.Model):
    """By the organisation's clock. Hours that end before they begin go on into the next morning."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", verbose_name=_("organisation"))
    channel = models.OneToOneField(
        Channel, models.CASCADE, related_name="auto_sending", verbose_name=_("channel")
    )
    is_on = models.BooleanField(_("the AI answers by itself"), default=False)
    # Those on which the hours begin.
    days = models.JSONField(_("days of the week"), default=every_day)
    starts_at = models.TimeField(_("from when"), default=time(20))
    ends_at = models.TimeField(_("until when"), default=time(9))
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("replies by the AI itself")
        verbose_name_plural = _("replies by the AI itself")
        ordering = ("channel__name",)

    def __str__(self) -> str:
        return str(self.channel)

    def covers(self, moment: datetime) -> bool:
        if not self.is_on:
            return False
        local = moment.astimezone(ZoneInfo(self.tenant.timezone))
        today, yesterday = (DAYS[(local - timedelta(days=ago)).weekday()] for ago in (0, 1))
        at = local.time()
        if self.starts_at < self.ends_at:
            return today in self.days and self.starts_at <= at < self.ends_at
        evening = today in self.days and at >= self.starts_at
        return evening or (yesterday in self.days and at < self.ends_at)
