"""Calls of the past analysed by what is asked now: a new checklist, or a table's new column."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.callanalysis.models.checklist import Checklist
from apps.callanalysis.models.table import Table
from apps.tenants.models import Tenant


class Backfill(models.Model):
    """The work itself are the scorecards and rows that name it."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", verbose_name=_("organisation"))
    checklist = models.ForeignKey(
        Checklist, models.CASCADE, null=True, related_name="+", verbose_name=_("checklist")
    )
    table = models.ForeignKey(Table, models.CASCADE, null=True, related_name="+", verbose_name=_("table"))
    is_announced = models.BooleanField(_("tell the webhook"), default=False)
    calls = models.PositiveIntegerField(_("calls"), default=0)
    estimated_usd = models.DecimalField(_("estimate, USD"), max_digits=12, decimal_places=6, null=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("created by")
    )

    class Meta:
        verbose_name = _("later analysis")
        verbose_name_plural = _("later analyses")
        ordering = ("-created_at", "-pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(checklist__isnull=False, table__isnull=True)
                | Q(checklist__isnull=True, table__isnull=False),
                name="backfill_of_one_thing",
            ),
        )

    def __str__(self) -> str:
        return f"{self.created_at:%Y-%m-%d %H:%M}"
