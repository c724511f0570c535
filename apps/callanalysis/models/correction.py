"""What people made of the AI's marks and cells: every word kept, the newest holds."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.callanalysis.models.checklist import Mark
from apps.callanalysis.models.table import Cell
from apps.tenants.models import Member, Tenant


class Correction(models.Model):
    """Of a mark or of a cell. Who says the same as the AI confirms it, and that is kept as well."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", verbose_name=_("organisation"))
    mark = models.ForeignKey(
        Mark, models.CASCADE, null=True, related_name="corrections", verbose_name=_("mark")
    )
    cell = models.ForeignKey(
        Cell, models.CASCADE, null=True, related_name="corrections", verbose_name=_("cell")
    )
    member = models.ForeignKey(
        Member, models.SET_NULL, null=True, related_name="+", verbose_name=_("employee")
    )
    at = models.DateTimeField(_("at"), default=timezone.now)
    # The AI's own, whatever others made of it in between; and the person's.
    by_ai = models.JSONField(null=True)
    by_human = models.JSONField(null=True)
    reason = models.TextField(_("reason"), default="", blank=True)

    class Meta:
        verbose_name = _("correction")
        verbose_name_plural = _("corrections")
        ordering = ("-at", "-pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(mark__isnull=False, cell__isnull=True) | Q(mark__isnull=True, cell__isnull=False),
                name="correction_of_one_thing",
            ),
        )

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}"
