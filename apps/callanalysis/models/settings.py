"""How an organisation wants its calls analysed."""

from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from apps.tenants.models import Tenant


class Side(models.TextChoices):
    LEFT = "left", _("left")
    RIGHT = "right", _("right")


# Only what can be told from each other by letters, or is named by models, is worth asking for.
SPOKEN = (
    ("ru", _("Russian")),
    ("en", _("English")),
    ("uk", _("Ukrainian")),
    ("be", _("Belarusian")),
    ("kk", _("Kazakh")),
    ("", _("any")),
)


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
    language = models.CharField(
        _("language of calls"),
        max_length=2,
        choices=SPOKEN,
        default="ru",
        blank=True,
        help_text=_("Calls in another language are not judged: they are counted apart."),
    )
    manager_side = models.CharField(
        _("the manager's side"),
        max_length=5,
        choices=Side.choices,
        default=Side.LEFT,
        help_text=_("Of recordings in stereo: the channel in which the manager speaks."),
    )
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("settings of call analysis")
        verbose_name_plural = _("settings of call analysis")

    def __str__(self) -> str:
        return str(self.tenant)


def settings_of(tenant: Tenant) -> AnalysisSettings:
    """Its own, or what holds until somebody sets them."""
    return AnalysisSettings.objects.filter(tenant=tenant).first() or AnalysisSettings(tenant=tenant)
