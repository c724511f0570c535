"""Checklists, and what they find in a call: one scorecard, in it one mark for each stage."""

from typing import Any

from django.db import models
from django.db.models import Count, F, Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from apps.callanalysis.models.questionnaire import (
    Evidenced,
    Judgement,
    Questionnaire,
    Version,
    of_one_thing,
)
from apps.core.models import DurableWork

DONE, NOT_DONE = 1, -1


class Checklist(Questionnaire):
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("checklist")
        verbose_name_plural = _("checklists")
        ordering = ("name", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=["tenant", "name"],
                name="checklist_once_per_tenant",
                violation_error_message=_("There is a checklist of this title already."),
            ),
        )


class ChecklistVersion(Version):
    """`items`: [{"id": …, "name": …, "criterion": …, "weight": 1, "critical": false}]."""

    checklist = models.ForeignKey(
        Checklist, models.CASCADE, related_name="versions", verbose_name=_("checklist")
    )

    class Meta(Version.Meta):
        abstract = False
        verbose_name = _("version of a checklist")
        verbose_name_plural = _("versions of checklists")
        constraints = (
            models.UniqueConstraint(fields=["checklist", "number"], name="checklist_version_once"),
            models.UniqueConstraint(
                fields=["checklist"], condition=Q(published_at=None), name="checklist_one_draft"
            ),
        )


class Scorecard(Judgement):
    """The totals count what was judged: what could not be, or was not proven, is in no maximum."""

    checklist = models.ForeignKey(
        Checklist, models.PROTECT, related_name="scorecards", verbose_name=_("checklist")
    )
    version = models.ForeignKey(
        ChecklistVersion, models.PROTECT, related_name="scorecards", verbose_name=_("version")
    )
    total_score = models.SmallIntegerField(_("score"), null=True, editable=False)
    max_score = models.PositiveSmallIntegerField(_("maximum"), null=True, editable=False)
    # By the stages' weights; empty where nothing could be judged.
    percentage = models.DecimalField(
        _("completed, %"), max_digits=5, decimal_places=2, null=True, editable=False
    )
    failed_critical = models.BooleanField(_("a critical stage failed"), default=False, editable=False)
    not_proven = models.PositiveSmallIntegerField(_("not proven"), default=0, editable=False)

    class Meta(Judgement.Meta):
        abstract = False
        verbose_name = _("scorecard")
        verbose_name_plural = _("scorecards")
        constraints = (
            models.UniqueConstraint(fields=["call", "checklist"], name="scorecard_once"),
            models.UniqueConstraint(fields=["appeal", "checklist"], name="scorecard_of_appeal_once"),
            of_one_thing("scorecard_of_one_thing"),
        )
        indexes = (
            *DurableWork.Meta.indexes,
            models.Index(fields=["tenant", "checklist", "call"], name="scorecard_of_checklist"),
        )

    def __str__(self) -> str:
        return f"{self.call_id or self.appeal_id} · {self.checklist_id}"


class MarkStatus(models.TextChoices):
    """The first two are the customer's own words for a stage."""

    COMPLETED = "completed", _("fulfilled")
    FAILED = "failed", _("not fulfilled")
    CANNOT_JUDGE = "cannot_judge", _("cannot be judged")
    NOT_PROVEN = "not_proven", _("not proven")


def status_of(verdict: int | None) -> MarkStatus:
    """Of a person: who could not judge either has said so."""
    return {DONE: MarkStatus.COMPLETED, NOT_DONE: MarkStatus.FAILED}.get(
        verdict or 0, MarkStatus.CANNOT_JUDGE
    )


class MarkQuerySet(models.QuerySet[Any]):
    def agreement(self) -> models.QuerySet[Any, dict[str, Any]]:
        """By stage of a checklist: how many marks people have judged too, and of how many the AI said so."""
        agreed = Q(human=F("said")) | Q(human=None, said=None)
        found: models.QuerySet[Any, dict[str, Any]] = (
            self.exclude(corrected_at=None)
            .order_by()
            .values("scorecard__checklist", "stage_id")
            .annotate(judged=Count("pk"), agreed=Count("pk", filter=agreed))
            .order_by("scorecard__checklist", "stage_id")
        )
        return found


class Mark(Evidenced):
    """`said` is the AI's verdict, `human` a person's, `score` the one that counts: 1, -1, or none of both."""

    scorecard = models.ForeignKey(
        Scorecard, models.CASCADE, related_name="marks", verbose_name=_("scorecard")
    )
    stage_id = models.CharField(_("id of the stage"), max_length=50)
    # As it was asked: another criterion is another question.
    stage_name = models.CharField(_("stage"), max_length=200)
    criterion = models.TextField(_("criterion"), default="", blank=True)
    weight = models.PositiveSmallIntegerField(_("weight"), default=1)
    is_critical = models.BooleanField(_("critical"), default=False)
    said = models.SmallIntegerField(_("the AI's verdict"), null=True)
    status = models.CharField(_("status"), max_length=12, choices=MarkStatus.choices)
    comment = models.TextField(_("comment"), default="", blank=True)
    human = models.SmallIntegerField(_("a person's verdict"), null=True)
    score = models.SmallIntegerField(_("score"), null=True)

    objects = MarkQuerySet.as_manager()

    class Meta:
        verbose_name = _("mark")
        verbose_name_plural = _("marks")
        ordering = ("scorecard", "position")
        constraints = (models.UniqueConstraint(fields=["scorecard", "stage_id"], name="mark_once"),)
        indexes = (
            models.Index(
                fields=["tenant", "stage_id"], condition=Q(corrected_at__isnull=False), name="mark_corrected"
            ),
        )

    def __str__(self) -> str:
        return self.stage_name

    @property
    def standing(self) -> str:
        """The status by which it counts: a person's, where one has judged."""
        if self.corrected_at is None:
            return str(self.status)
        return str(status_of(self.human))
