"""A draft's clients before anything is sent: counted by a worker, or brought as a file."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.appeals.models.campaign import Campaign
from apps.core.models import DurableWork
from apps.tenants.models import Tenant


class Counting(DurableWork):
    """Many clients are judged in a worker's hands: counted for a draft, or, with a number that is `expected`,
    settled as the recipients of a campaign that is being started.
    """

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", verbose_name=_("organisation"))
    campaign = models.OneToOneField(
        Campaign, models.CASCADE, related_name="counting", verbose_name=_("campaign")
    )
    # What of the draft was counted; see `campaigns.counting.mark_of`.
    asked = models.CharField(max_length=32)
    # Of whoever asked: reasons are told in it.
    language = models.CharField(max_length=8)
    expected = models.PositiveIntegerField(null=True)
    total = models.PositiveIntegerField(default=0)
    judged = models.PositiveIntegerField(default=0)
    # As `campaigns.previewing.Preview`.
    result = models.JSONField(default=dict, blank=True)
    counted_at = models.DateTimeField(null=True)

    class Meta(DurableWork.Meta):
        abstract = False
        verbose_name = _("count of a campaign")
        verbose_name_plural = _("counts of campaigns")

    def __str__(self) -> str:
        return str(self.campaign)

    def get_absolute_url(self) -> str:
        return self.campaign.get_absolute_url()

    @property
    def percent(self) -> int:
        return min(100, 100 * self.judged // self.total) if self.total else 0


class ClientList(models.Model):
    """A file of clients brought for a draft, row by row as texts, until somebody takes them from it."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", verbose_name=_("organisation"))
    campaign = models.OneToOneField(
        Campaign, models.CASCADE, related_name="client_list", verbose_name=_("campaign")
    )
    file_name = models.CharField(_("file"), max_length=200)
    sheet = models.CharField(_("sheet"), max_length=200, default="", blank=True)
    other_sheets = models.PositiveIntegerField(default=0)
    cells = models.JSONField(default=list, blank=True)
    # Where phones or user names stand; None while nobody knows.
    column = models.PositiveSmallIntegerField(null=True)
    header_rows = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("list of clients")
        verbose_name_plural = _("lists of clients")

    def __str__(self) -> str:
        return self.file_name
