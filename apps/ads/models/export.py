"""One upload of an audience to one account."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.ads.models.audience import Placement
from apps.core.models import DurableWork
from apps.tenants.models import Member, Tenant


class Cause(models.TextChoices):
    DAILY = "daily", _("every day")
    BY_HAND = "by_hand", _("by the button")
    LEAVING = "leaving", _("somebody has to leave")


class Outcome(models.TextChoices):
    UPLOADED = "uploaded", _("uploaded")
    NOTHING = "nothing", _("nothing to change")
    TOO_FEW = "too_few", _("too few people")
    OVERTAKEN = "overtaken", _("overtaken by a later one")


class Export(DurableWork):
    """A machine of steps: `stage` and `data` are its connector's own words and are kept after each of them.

    `begun_at`: from then on the step may have reached the service, whatever became of the answer. `receipts`
    are the steps taken, with what the service called each request: the proof of what went and of what left.
    """

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", verbose_name=_("organisation"))
    placement = models.ForeignKey(
        Placement, models.CASCADE, related_name="exports", verbose_name=_("audience in an account")
    )
    cause = models.CharField(_("why"), max_length=8, choices=Cause.choices, default=Cause.DAILY)
    asked_by = models.ForeignKey(
        Member, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("asked for by")
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    finished_at = models.DateTimeField(_("finished"), null=True, editable=False)
    outcome = models.CharField(
        _("outcome"), max_length=9, choices=Outcome.choices, default="", blank=True, editable=False
    )
    # Set once the people are chosen.
    chosen_at = models.DateTimeField(_("people chosen"), null=True, editable=False)
    # The API that this upload speaks: the one in which the segment was made.
    shape = models.CharField(_("API"), max_length=20, default="", blank=True, editable=False)
    # The account that it asks, as its settings named it then.
    home = models.CharField(_("account"), max_length=400, default="", blank=True, editable=False)
    is_whole = models.BooleanField(_("the whole list"), default=False, editable=False)
    stage = models.CharField(_("step"), max_length=40, default="", blank=True, editable=False)
    data = models.JSONField(default=dict, blank=True, editable=False)
    begun_at = models.DateTimeField(null=True, editable=False)
    receipts = models.JSONField(_("steps"), default=list, blank=True, editable=False)
    # People to be in the segment, and lines of theirs to add and to remove.
    total = models.PositiveIntegerField(_("people"), default=0, editable=False)
    to_add = models.PositiveIntegerField(_("to add"), default=0, editable=False)
    to_remove = models.PositiveIntegerField(_("to take out"), default=0, editable=False)
    refused = models.PositiveIntegerField(_("lines refused"), default=0, editable=False)
    # How many of those chosen were left out, by reason.
    left_out = models.JSONField(_("left out"), default=dict, blank=True, editable=False)

    class Meta(DurableWork.Meta):
        abstract = False
        verbose_name = _("upload")
        verbose_name_plural = _("uploads")
        ordering = ("-created_at", "-id")
        indexes = (
            *DurableWork.Meta.indexes,
            models.Index(fields=["tenant", "-created_at"], name="audience_export_recent"),
            models.Index(fields=["placement", "-id"], name="export_of_placement"),
        )

    def __str__(self) -> str:
        return str(self.placement)
