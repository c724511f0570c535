"""A message on its way out, and each try to deliver it."""

import uuid

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.channels.models.channel import Channel
from apps.core.models import DurableWork
from apps.tenants.models import Tenant


class Delivery(DurableWork):
    """What goes to one chat. `reached` is how far it got by the vendor's word and only moves forward.

    The lane is the chat, so that messages arrive in the order in which they were written.
    """

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", verbose_name=_("organisation"))
    channel = models.ForeignKey(Channel, models.CASCADE, related_name="deliveries", verbose_name=_("channel"))
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    external_chat_id = models.CharField(_("chat"), max_length=200)
    external_user_id = models.CharField(max_length=200, default="", blank=True)
    text = models.TextField(_("text"), default="", blank=True)
    file = models.JSONField(default=dict, blank=True)
    # The template that it goes as, whole and filled: see `channels.templates.stored`.
    template = models.JSONField(default=dict, blank=True)
    # What the client may press instead of typing it: texts.
    buttons = models.JSONField(default=list, blank=True)
    # What the service calls the file since it has it, and since when: see `channels.uploading`.
    upload = models.JSONField(default=dict, blank=True, editable=False)
    reply_to = models.CharField(max_length=200, default="", blank=True)
    by_human = models.BooleanField(default=True)
    # One of many: it leaves the way to what people write to each other.
    in_bulk = models.BooleanField(default=False)
    # When the client last wrote: some services let us write only for a while after it.
    client_wrote_at = models.DateTimeField(null=True)
    external_message_id = models.CharField(_("vendor's id"), max_length=200, default="", blank=True)
    reached = models.CharField(_("reached"), max_length=10, default="", blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    sent_at = models.DateTimeField(_("sent"), null=True)
    delivered_at = models.DateTimeField(_("delivered"), null=True)
    read_at = models.DateTimeField(_("read"), null=True)
    note = models.CharField(_("note"), max_length=300, default="", blank=True)

    class Meta(DurableWork.Meta):
        abstract = False
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        ordering = ("-id",)
        indexes = (
            *DurableWork.Meta.indexes,
            models.Index(
                fields=["channel", "external_message_id"],
                condition=~models.Q(external_message_id=""),
                name="delivery_external",
            ),
            models.Index(fields=["channel", "external_chat_id", "-id"], name="delivery_chat"),
        )

    def __str__(self) -> str:
        return self.text[:60] or str(self.file.get("name", "")) or f"№{self.pk}"


class Attempt(models.Model):
    """One try, written before the call, so that a crash in the middle shows: as an empty `outcome`."""

    delivery = models.ForeignKey(Delivery, models.CASCADE, related_name="tries", verbose_name=_("delivery"))
    number = models.PositiveIntegerField(_("number"))
    started_at = models.DateTimeField(_("started"), default=timezone.now)
    finished_at = models.DateTimeField(_("finished"), null=True)
    outcome = models.CharField(_("outcome"), max_length=64, default="", blank=True)
    request_id = models.CharField(_("request id"), max_length=200, default="", blank=True)

    class Meta:
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
        ordering = ("number",)
        constraints = (models.UniqueConstraint(fields=["delivery", "number"], name="attempt_number_once"),)

    def __str__(self) -> str:
        return f"{self.delivery_id} #{self.number}"
