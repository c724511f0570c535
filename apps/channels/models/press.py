"""A button that a client pressed, and whether their app has heard that it arrived."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.channels.models.channel import Channel
from apps.core.models import DurableWork
from apps.tenants.models import Tenant


class Press(DurableWork):
    """One for each press that its service waits to have answered. `under` is the message of the button."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", verbose_name=_("organisation"))
    channel = models.ForeignKey(Channel, models.CASCADE, related_name="presses", verbose_name=_("channel"))
    external_chat_id = models.CharField(_("chat"), max_length=200)
    external_message_id = models.CharField(_("vendor's id"), max_length=200)
    under = models.CharField(max_length=200, default="", blank=True)
    text = models.TextField(_("text"), default="", blank=True)
    # What the service calls the press.
    name = models.CharField(max_length=500, editable=False)
    pressed_at = models.DateTimeField(_("pressed"), default=timezone.now)
    # Empty: the client was told. Else the short word of why not.
    outcome = models.CharField(_("outcome"), max_length=64, default="", blank=True)

    class Meta(DurableWork.Meta):
        abstract = False
        verbose_name = _("pressed button")
        verbose_name_plural = _("pressed buttons")
        constraints = (
            models.UniqueConstraint(
                fields=["channel", "external_chat_id", "external_message_id"], name="press_once"
            ),
        )

    def __str__(self) -> str:
        return self.text[:50] or self.external_message_id
