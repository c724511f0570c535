"""What other systems asked of the API of calls, and what they were told."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.tenants.models import Tenant


class ApiRequest(models.Model):
    """`said`: an answer's message and what it found wrong, as pairs of a field, or none, and the words. Never
    what was sent, a link or a key's value. Kept for a month: see `callanalysis.journal`.
    """

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", verbose_name=_("organisation"))
    at = models.DateTimeField(_("at"), default=timezone.now, db_index=True)
    route = models.CharField(_("method"), max_length=80)
    key_name = models.CharField(_("key"), max_length=100)
    status = models.PositiveSmallIntegerField(_("status"))
    code = models.CharField(_("code"), max_length=64, default="", blank=True)
    said = models.JSONField(_("answer"), default=list, blank=True)
    milliseconds = models.PositiveIntegerField(_("milliseconds"))
    call_id = models.CharField(_("call"), max_length=200, default="", blank=True)

    class Meta:
        verbose_name = _("API request")
        verbose_name_plural = _("API requests")
        ordering = ("-at", "-id")
        indexes = (models.Index(fields=["tenant", "-at", "-id"], name="api_request_recent"),)

    def __str__(self) -> str:
        return f"{self.route} {self.status}"
