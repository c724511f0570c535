"""Whom advertising is for, and in which accounts."""

from django.core.validators import MaxValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from simple_history.models import HistoricalRecords

from apps.integrations.models import Connection
from apps.tenants.models import Tenant


class Audience(models.Model):
    """Clients by conditions (`ads.filtering`). They are chosen anew for each upload."""

    tenant = models.ForeignKey(
        Tenant, models.CASCADE, related_name="audiences", verbose_name=_("organisation")
    )
    name = models.CharField(pgettext_lazy("of a thing", "name"), max_length=100)
    filter = models.JSONField(_("conditions"), default=dict, blank=True)
    connections = models.ManyToManyField(
        Connection,
        through="Placement",
        related_name="audiences",
        verbose_name=_("advertising accounts"),
        blank=True,
    )
    is_active = models.BooleanField(
        _("upload every day"),
        default=True,
        help_text=_(
            "Otherwise only by the button. Whoever has bought or takes their consent back is taken out all "
            "the same."
        ),
    )
    hour = models.PositiveSmallIntegerField(
        _("at what hour"),
        default=4,
        validators=(MaxValueValidator(23),),
        help_text=_("By the organisation's clock."),
    )
    # The organisation's day on which the daily upload last began.
    uploaded_on = models.DateField(null=True, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    history = HistoricalRecords(excluded_fields=["uploaded_on"])

    class Meta:
        verbose_name = _("audience")
        verbose_name_plural = _("audiences")
        ordering = ("name",)
        constraints = (
            models.UniqueConstraint(
                fields=["tenant", "name"],
                name="audience_once_per_tenant",
                violation_error_message=_("There is an audience with this name already."),
            ),
        )

    def __str__(self) -> str:
        return self.name


class Placement(models.Model):
    """One audience in one account. `remote` is what its connector keeps of the segment there; it has a
    `shape`, and for another shape there is none, and a `home`: nobody else is asked about it.
    """

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", verbose_name=_("organisation"))
    audience = models.ForeignKey(
        Audience, models.CASCADE, related_name="placements", verbose_name=_("audience")
    )
    connection = models.ForeignKey(
        Connection, models.CASCADE, related_name="placements", verbose_name=_("advertising account")
    )
    # Taken off by a person: whoever is still in it is taken out there.
    is_wanted = models.BooleanField(default=True, editable=False)
    remote = models.JSONField(default=dict, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    # When it was last looked whether anybody has to leave.
    looked_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("audience in an account")
        verbose_name_plural = _("audiences in accounts")
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(fields=["audience", "connection"], name="audience_once_per_account"),
        )

    def __str__(self) -> str:
        return f"{self.audience} → {self.connection}"
