"""What the report of calls adds up: a few rows a day and a week, and which days are to be redone.

Triggers (migration 0006) note every moment whose day a change of calls, transcripts, scorecards or marks
touches, in the transaction of the change itself, whoever makes it. Days are the organisation's own.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.callanalysis.models.checklist import Checklist
from apps.callanalysis.models.structure import SalesManager
from apps.tenants.models import Tenant


def _count() -> models.PositiveIntegerField:
    return models.PositiveIntegerField(default=0)


def _sum() -> models.DecimalField:
    return models.DecimalField(max_digits=16, decimal_places=3, default=0)


class _Day(models.Model):
    """Of one manager and one funnel, and once more of all funnels, which is asked most: there it is None.

    Seven days from a Monday on are there once more as the sum of them (`is_week`), so that a quarter is a few
    rows. Which offices a manager is in is asked when it is read.
    """

    tenant = models.ForeignKey(
        Tenant, models.CASCADE, db_index=False, related_name="+", verbose_name=_("organisation")
    )
    day = models.DateField(_("day"))
    is_week = models.BooleanField(_("of a week"), default=False)
    sales_manager = models.ForeignKey(SalesManager, models.CASCADE, db_index=False, related_name="+")
    funnel = models.CharField(max_length=200, null=True, blank=True)  # noqa: DJ001 - "" is a funnel, too

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.day}"


class DayOfCalls(_Day):
    """How calls ended, and what the seconds tell of those that were analysed: sums over `measured` calls, in
    which it is known who talks; of silence over `timed` ones.
    """

    received = _count()
    analysed = _count()
    skipped = _count()
    # Silence, a machine, another language: nobody to talk to.
    unheard = _count()
    # Or unreadable.
    failed = _count()
    working = _count()
    measured = _count()
    talk_ratio = _sum()
    monologue = _sum()
    cut_in = _count()
    was_cut_in = _count()
    timed = _count()
    silence = _sum()
    seconds = _sum()

    class Meta:
        verbose_name = _("calls of a day")
        verbose_name_plural = _("calls of days")
        indexes = (models.Index(fields=["tenant", "funnel", "is_week", "day"], name="day_of_calls"),)


class DayOfChecklists(_Day):
    """What analysed calls were judged to be worth by a checklist; where none is named, by all together."""

    checklist = models.ForeignKey(Checklist, models.CASCADE, null=True, db_index=False, related_name="+")
    # With a percentage; of them with a critical stage that failed.
    calls = _count()
    critical = _count()
    scorecards = _count()
    percentage = _sum()

    class Meta:
        verbose_name = _("scorecards of a day")
        verbose_name_plural = _("scorecards of days")
        indexes = (models.Index(fields=["tenant", "funnel", "is_week", "day"], name="day_of_checklists"),)


class DayOfCriteria(_Day):
    """How the marks of one stage stand, and what people who looked at them said."""

    checklist = models.ForeignKey(Checklist, models.CASCADE, db_index=False, related_name="+")
    stage_id = models.CharField(max_length=50)
    completed = _count()
    failed = _count()
    cannot_judge = _count()
    not_proven = _count()
    checked = _count()
    agreed = _count()

    class Meta:
        verbose_name = _("marks of a day")
        verbose_name_plural = _("marks of days")
        indexes = (models.Index(fields=["tenant", "funnel", "is_week", "day"], name="day_of_criteria"),)


class StaleCalls(models.Model):
    """A moment in a day whose figures no longer hold. Without the key's constraint, for a trigger also
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

    class Meta:
        verbose_name = _("day of calls to be redone")
        verbose_name_plural = _("days of calls to be redone")
        indexes = (models.Index(fields=["tenant", "-at"], name="stale_calls"),)

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}"
