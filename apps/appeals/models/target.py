"""How soon clients are to be answered and their matters settled, and when that clock stands still."""

from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.appeals.models.appeal import Appeal
from apps.channels.models import Channel
from apps.core.models import DurableWork
from apps.tenants.models import Tenant

# A quarter of a year, day and night.
MOST_MINUTES = 90 * 24 * 60


def _minutes(label: Any) -> models.PositiveIntegerField:
    return models.PositiveIntegerField(
        label, null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(MOST_MINUTES)]
    )


class Target(models.Model):
    """For one channel, or with no channel for all that have none of their own. Empty: no target."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="targets", verbose_name=_("organisation"))
    channel = models.OneToOneField(
        Channel, models.CASCADE, null=True, blank=True, related_name="target", verbose_name=_("channel")
    )
    first_answer_minutes = _minutes(_("first answer, minutes"))
    next_answer_minutes = _minutes(_("next answers, minutes"))
    resolution_minutes = _minutes(_("settled within, minutes"))
    is_round_the_clock = models.BooleanField(_("nights and days off count"), default=False)

    class Meta:
        verbose_name = _("target")
        verbose_name_plural = _("targets")
        constraints = (
            models.UniqueConstraint(
                fields=["tenant"], condition=Q(channel__isnull=True), name="one_target_for_all_channels"
            ),
        )

    def __str__(self) -> str:
        return str(self.channel or _("All channels"))


class Why(models.TextChoices):
    """Why nobody on our side is waited for."""

    CLIENT = "client", _("waiting for the client")
    ENDED = "ended", _("closed")


class ClockStop(models.Model):
    """A while in which the time to settle an appeal did not run. Kept, so that the reckoning can be shown."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", verbose_name=_("organisation"))
    appeal = models.ForeignKey(Appeal, models.CASCADE, related_name="stops", verbose_name=_("appeal"))
    why = models.CharField(_("why"), max_length=6, choices=Why.choices)
    began_at = models.DateTimeField(_("began"))
    ended_at = models.DateTimeField(_("ended"), null=True)

    class Meta:
        verbose_name = _("pause")
        verbose_name_plural = _("pauses")
        ordering = ("began_at", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=["appeal"], condition=Q(ended_at__isnull=True), name="one_running_stop_per_appeal"
            ),
        )

    def __str__(self) -> str:
        return f"{self.appeal} {self.get_why_display()}"


class Recount(DurableWork):
    """Hours or targets have changed: what waits and what is open gets its deadlines anew, some at a time."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", verbose_name=_("organisation"))
    # What hours and targets were then, so that a change is noticed whoever made it.
    fingerprint = models.CharField(max_length=64)
    # Conversations up to this one are done.
    reached = models.PositiveBigIntegerField(default=0)

    class Meta(DurableWork.Meta):
        abstract = False
        verbose_name = _("reckoning of deadlines")
        verbose_name_plural = _("reckonings of deadlines")

    def __str__(self) -> str:
        return f"№{self.pk}"
