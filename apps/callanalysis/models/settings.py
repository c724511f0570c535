"""How an organisation wants its calls analysed."""

from urllib.parse import quote, urlsplit

from django.core.exceptions import ValidationError
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


# Where the CRM's own id of a deal stands in the address of its page there.
DEAL_PLACE = "{deal_id}"


def check_deal_url(value: str) -> None:
    """With an id in its place, so that a brace elsewhere is none of a template."""
    try:
        parts = urlsplit(value.replace(DEAL_PLACE, "1"))
        is_right = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_right = False
    if not is_right or DEAL_PLACE not in value:
        raise ValidationError(_("A full http or https address with {deal_id} in it is expected."))


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
    deal_url = models.CharField(
        _("address of a deal in the CRM"),
        max_length=500,
        default="",
        blank=True,
        validators=[check_deal_url],
        help_text=_("Such as https://crm.example.com/deals/{deal_id}: a call's page then leads to its deal."),
    )
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("settings of call analysis")
        verbose_name_plural = _("settings of call analysis")

    def __str__(self) -> str:
        return str(self.tenant)

    def deal_address(self, deal_id: str) -> str:
        """Empty where nobody has said where deals are, or the call is of none."""
        return self.deal_url.replace(DEAL_PLACE, quote(deal_id, safe="")) if deal_id else ""


def settings_of(tenant: Tenant) -> AnalysisSettings:
    """Its own, or what holds until somebody sets them."""
    return AnalysisSettings.objects.filter(tenant=tenant).first() or AnalysisSettings(tenant=tenant)
