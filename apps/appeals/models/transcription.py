"""A voice message on its way into words."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.appeals.models.message import Attachment
from apps.core.models import DurableWork
from apps.tenants.models import Tenant


class Transcription(DurableWork):
    """One voice message for the AI to listen to. What it said goes to `Attachment.transcript`."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", verbose_name=_("organisation"))
    attachment = models.OneToOneField(
        Attachment, models.CASCADE, related_name="transcription", verbose_name=_("attachment")
    )
    # Of a long recording, what was said in the parts already heard: they are not paid for twice.
    heard = models.JSONField(default=list, blank=True, editable=False)
    # Nobody speaks in it, or nothing that could be understood.
    is_silent = models.BooleanField(default=False)

    class Meta(DurableWork.Meta):
        abstract = False
        verbose_name = _("transcription")
        verbose_name_plural = _("transcriptions")

    def __str__(self) -> str:
        return f"№{self.pk}"
