"""How far we have read a chat, and how far the client was shown that."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.channels.models.channel import Channel
from apps.core.models import DurableWork
from apps.tenants.models import Tenant


class Receipt(DurableWork):
    """One for each chat: a newer look takes the place of an older one that still waits.

    `position` grows with the messages of the chat, so that a stale page takes nothing back.
    """

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", verbose_name=_("organisation"))
    channel = models.ForeignKey(Channel, models.CASCADE, related_name="receipts", verbose_name=_("channel"))
    external_chat_id = models.CharField(_("chat"), max_length=200)
    external_message_id = models.CharField(_("vendor's id"), max_length=200)
    position = models.PositiveBigIntegerField()
    seen_at = models.DateTimeField(_("seen"), default=timezone.now)
    # Empty: the client was shown it. Else the short word of why not.
    outcome = models.CharField(_("outcome"), max_length=64, default="", blank=True)

    class Meta(DurableWork.Meta):
        abstract = False
        verbose_name = _("read receipt")
        verbose_name_plural = _("read receipts")
        constraints = (
            models.UniqueConstraint(fields=["channel", "external_chat_id"], name="receipt_once_per_chat"),
        )

    def __str__(self) -> str:
        return self.external_chat_id
