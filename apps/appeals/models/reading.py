"""One batch being read by the AI."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.appeals.models.appeal import Appeal
from apps.appeals.models.message import Batch
from apps.core.models import DurableWork
from apps.tenants.models import Tenant


class Reading(DurableWork):
    """Runs after the batch has its appeal, so that no outage of a model keeps a client from an operator.

    The lane is the appeal: two batches of one appeal are read one after the other. `said` is the AI's
    answer as it was taken over; `ending` is the `ai.contract.Ending` it stopped with.
    """

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", verbose_name=_("organisation"))
    appeal = models.ForeignKey(Appeal, models.CASCADE, related_name="readings", verbose_name=_("appeal"))
    batch = models.OneToOneField(Batch, models.CASCADE, related_name="reading", verbose_name=_("batch"))
    ending = models.CharField(_("ending"), max_length=20, default="", blank=True)
    said = models.JSONField(_("what the AI said"), default=dict, blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now)

    class Meta(DurableWork.Meta):
        abstract = False
        verbose_name = _("AI reading")
        verbose_name_plural = _("AI readings")
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"№{self.pk}"
