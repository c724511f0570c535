"""What the dashboard adds up: hours in a few rows, how long clients waited, which hours are to be redone.

Triggers (migration 0014) note every moment whose hour a change of messages, appeals or calls to a model
touches, in the transaction of the change itself, whoever makes it.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.appeals.models.appeal import Appeal
from apps.channels.models import Channel
from apps.tenants.models import Member, Tenant


class AppealTimes(models.Model):
    """Measured once, by the hours and targets of that time: a later change of them rewrites no history.

    Seconds are of working time, or of all time where the target says so. `…_within` is empty where there was
    no target.
    """

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", verbose_name=_("organisation"))
    appeal = models.OneToOneField(Appeal, models.CASCADE, related_name="times", verbose_name=_("appeal"))
    answered_at = models.DateTimeField(null=True)
    answer_seconds = models.PositiveIntegerField(_("first answer, seconds"), null=True)
    answer_within = models.BooleanField(_("first answer in time"), null=True)
    closed_at = models.DateTimeField(null=True)
    resolution_seconds = models.PositiveIntegerField(_("settled, seconds"), null=True)
    resolution_within = models.BooleanField(_("settled in time"), null=True)

    class Meta:
        verbose_name = _("times of an appeal")
        verbose_name_plural = _("times of appeals")

    def __str__(self) -> str:
        return str(self.appeal)


def _seconds() -> ArrayField:
    return ArrayField(models.PositiveIntegerField(), default=list)


class HourFigures(models.Model):
    """One hour of one channel and one operator; neither where something has none.

    Appeals count for whoever has them now. Where operators do not find everything (`appeals.admitting`),
    each row is of conversations that one member leads now, or nobody (`led_by`); and what happened in a
    conversation in which somebody is named in a note stands once more, in a row that is theirs alone
    (`named`). The lists hold one number for each appeal, so that medians are
    exact over any period.
    """

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", verbose_name=_("organisation"))
    hour = models.DateTimeField()
    channel = models.ForeignKey(Channel, models.CASCADE, null=True, related_name="+")
    operator = models.ForeignKey(Member, models.SET_NULL, null=True, related_name="+")
    led_by = models.ForeignKey(Member, models.SET_NULL, null=True, db_index=False, related_name="+")
    named = models.ForeignKey(Member, models.CASCADE, null=True, related_name="+")
    received = models.PositiveIntegerField(default=0)
    sent = models.PositiveIntegerField(default=0)
    opened = models.PositiveIntegerField(default=0)
    answered = models.PositiveIntegerField(default=0)
    answer_seconds = _seconds()
    # The same by the clock on the wall, nights included.
    answer_clock_seconds = _seconds()
    answered_in_time = models.PositiveIntegerField(default=0)
    answered_late = models.PositiveIntegerField(default=0)
    closed = models.PositiveIntegerField(default=0)
    resolution_seconds = _seconds()
    resolved_in_time = models.PositiveIntegerField(default=0)
    resolved_late = models.PositiveIntegerField(default=0)
    ai_calls = models.PositiveIntegerField(default=0)
    ai_cost_usd = models.DecimalField(max_digits=14, decimal_places=6, default=0)

    class Meta:
        verbose_name = _("figures of an hour")
        verbose_name_plural = _("figures of hours")
        indexes = (
            models.Index(fields=["tenant", "hour"], name="hour_figures"),
            models.Index(fields=["tenant", "led_by", "hour"], name="hour_figures_of_leader"),
        )

    def __str__(self) -> str:
        return f"{self.hour:%Y-%m-%d %H:%M}"


class StaleHour(models.Model):
    """A moment in an hour whose figures no longer hold. Without the key's constraint, for a trigger also
    writes it while its organisation is being deleted.
    """

    tenant = models.ForeignKey(
        Tenant,
        models.CASCADE,
        db_constraint=False,
        db_index=False,
        related_name="+",
        verbose_name=_("organisation"),
    )
    at = models.DateTimeField()
    # Only whose it is to see has changed, and no sum of all.
    is_moved = models.BooleanField(default=False, db_default=False)

    class Meta:
        verbose_name = _("hour to be redone")
        verbose_name_plural = _("hours to be redone")
        indexes = (models.Index(fields=["tenant", "-at"], name="stale_hours"),)

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}"
