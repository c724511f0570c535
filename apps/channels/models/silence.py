"""When a channel fell silent against its own usual hours."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.channels.models.channel import Channel
from apps.tenants.models import Tenant


class Silence(models.Model):
    """Open while nothing comes. `since` is the channel's last event, `expected` what usually came by then:
    of ten-minute stretches, how many had an event in them.
    """

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", verbose_name=_("organisation"))
    channel = models.ForeignKey(
        Channel, models.CASCADE, related_name="silences", verbose_name=_("channel"), db_index=False
    )
    since = models.DateTimeField(_("since"))
    expected = models.FloatField(_("expected"))
    raised_at = models.DateTimeField(_("noticed"), default=timezone.now)
    ended_at = models.DateTimeField(_("ended"), null=True)

    class Meta:
        verbose_name = _("silence of a channel")
        verbose_name_plural = _("silences of channels")
        constraints = (
            models.UniqueConstraint(
                fields=["channel"], condition=models.Q(ended_at=None), name="silence_open_once"
            ),
        )
        indexes = (models.Index(fields=["channel", "-since"], name="silence_of_channel"),)

    def __str__(self) -> str:
        return f"{self.channel_id} {self.since}"
