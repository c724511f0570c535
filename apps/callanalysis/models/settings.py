"""How an organisation wants its calls analysed."""

from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from apps.tenants.models import Tenant


class AnalysisSettings(models.Model):
    tenant = models.OneToOneField(
        Tenant, models.CASCADE, related_name="analysis_settings", verbose_name=_("organisation")
    )
    least_seconds = models.PositiveIntegerField(
        _("shortest call, seconds"),
        default=0,
        validators=[MaxValueValidator(3600)],
        help_text=_("Shorter calls are not analysed: they are counted as skipped."),
    )
    keep_audio_days = models.PositiveIntegerField(
        _("keep recordings, days"),
        null=True,
        blank=True,
        help_text=_("Older recordings are deleted; texts and marks stay. Empty: they are kept."),
    )
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("settings of call analysis")
        verbose_name_plural = _("settings of call analysis")

    def __str__(self) -> str:
        return str(self.tenant)
