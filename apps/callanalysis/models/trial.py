"""A draft of a checklist tried on calls that were judged before, so that one sees who would move."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.callanalysis.models.call import Call
from apps.callanalysis.models.checklist import ChecklistVersion
from apps.core.models import DurableWork
from apps.tenants.models import Tenant


class Trial(models.Model):
    """`items` are the draft's stages as they were tried: the draft may be edited afterwards."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", verbose_name=_("organisation"))
    version = models.ForeignKey(
        ChecklistVersion, models.CASCADE, related_name="trials", verbose_name=_("version")
    )
    items = models.JSONField(_("what is asked"), default=list)
    estimated_usd = models.DecimalField(_("estimate, USD"), max_digits=12, decimal_places=6, null=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("created by")
    )

    class Meta:
        verbose_name = _("trial of a checklist")
        verbose_name_plural = _("trials of checklists")
        ordering = ("-created_at", "-pk")

    def __str__(self) -> str:
        return f"{self.created_at:%Y-%m-%d %H:%M}"


class TrialScore(DurableWork):
    """One call judged by the draft; nothing of it is told to anybody else. Its own scorecard stays."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", verbose_name=_("organisation"))
    trial = models.ForeignKey(Trial, models.CASCADE, related_name="scores", verbose_name=_("trial"))
    call = models.ForeignKey(Call, models.CASCADE, related_name="+", verbose_name=_("call"))
    before = models.DecimalField(_("before, %"), max_digits=5, decimal_places=2, null=True)
    after = models.DecimalField(_("after, %"), max_digits=5, decimal_places=2, null=True)

    class Meta(DurableWork.Meta):
        abstract = False
        verbose_name = _("call of a trial")
        verbose_name_plural = _("calls of trials")
        constraints = (models.UniqueConstraint(fields=["trial", "call"], name="trial_score_once"),)

    def __str__(self) -> str:
        return f"{self.trial_id}/{self.call_id}"
