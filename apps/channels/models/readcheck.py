"""When a chat is looked at next for what the client has read of ours."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.channels.models.channel import Channel
from apps.core.models import DurableWork
from apps.tenants.models import Tenant


class ReadCheck(DurableWork):
    """One for each chat of a service that tells of reading only when it is asked.

    Done while nothing of ours is unread there, or too old to be asked about; queued again by what is sent.
    """

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", verbose_name=_("organisation"))
    channel = models.ForeignKey(
        Channel, models.CASCADE, related_name="read_checks", verbose_name=_("channel")
    )
    external_chat_id = models.CharField(_("chat"), max_length=200)
    # Of the newest message that went there: whether one more went while the chat was looked at.
    sent_at = models.DateTimeField(_("sent"), default=timezone.now)
    asked_at = models.DateTimeField(_("asked"), null=True)

    class Meta(DurableWork.Meta):
        abstract = False
        verbose_name = _("read check")
        verbose_name_plural = _("read checks")
        constraints = (
            models.UniqueConstraint(fields=["channel", "external_chat_id"], name="readcheck_once_per_chat"),
        )

    def __str__(self) -> str:
        return self.external_chat_id
