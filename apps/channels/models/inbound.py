"""One webhook body or one polled update, stored word for word before anything reads it."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.channels.models.backfill import Backfill
from apps.channels.models.channel import Channel
from apps.core.fields import EncryptedJSONField
from apps.core.models import DurableWork
from apps.tenants.models import Tenant


class Outcome(models.TextChoices):
    """What an event ended as. Beside these, every repeated delivery counts as a duplicate."""

    MESSAGE = "message", _("message")
    STATUS = "status", _("status")
    IGNORED = "ignored", _("ignored")
    DUPLICATE = "duplicate", _("duplicate")
    UNROUTED = "unrouted", _("unrouted")
    FAILED = "failed", _("failed")


class InboundEvent(DurableWork):
    """What a messenger sent, word for word; `outcome` is empty while it waits to be read.

    `event_key` is a digest of channel and body: every vendor's body carries its own ids, so equal bytes are
    the same event, and a redelivery only counts up `deliveries`. A repeated message in other bytes is caught
    by its own id further up.
    """

    tenant = models.ForeignKey(
        Tenant, models.CASCADE, null=True, related_name="+", verbose_name=_("organisation")
    )
    channel = models.ForeignKey(
        Channel,
        models.SET_NULL,
        null=True,
        related_name="events",
        verbose_name=_("channel"),
        db_index=False,  # `inboundevent_of_channel` serves as well
    )
    connector = models.CharField(_("integration"), max_length=50)
    event_key = models.CharField(max_length=64, unique=True, editable=False)
    body = models.BinaryField(_("body"))
    # Only for an event whose channel is not known yet: what is needed to verify it once it is.
    proof = EncryptedJSONField(default=dict, blank=True, editable=False)
    received_at = models.DateTimeField(_("received"), default=timezone.now)
    # Brought by asking for what was said before: nobody is alarmed by it.
    backfill = models.ForeignKey(
        Backfill,
        models.SET_NULL,
        null=True,
        related_name="events",
        verbose_name=_("history"),
        editable=False,
        db_index=False,
    )
    deliveries = models.PositiveIntegerField(_("times received"), default=1)
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome.choices, default="", blank=True)
    reason = models.CharField(_("reason"), max_length=64, default="", blank=True)

    class Meta(DurableWork.Meta):
        abstract = False
        verbose_name = _("incoming event")
        verbose_name_plural = _("incoming events")
        ordering = ("-received_at",)
        indexes = (
            *DurableWork.Meta.indexes,
            models.Index(fields=["tenant", "-received_at"], name="inboundevent_recent"),
            models.Index(fields=["channel", "-received_at"], name="inboundevent_of_channel"),
            models.Index(
                fields=["connector", "-received_at"],
                condition=models.Q(outcome="unrouted"),
                name="inboundevent_unrouted",
            ),
            models.Index(
                fields=["backfill"],
                condition=models.Q(backfill__isnull=False),
                name="inboundevent_of_backfill",
            ),
        )

    def __str__(self) -> str:
        return f"{self.connector} {self.pk}"
