"""How far a channel was read by asking, and which process asks at the moment."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.channels.models.channel import Channel
from apps.core.fields import EncryptedJSONField


class Poll(models.Model):
    """The lease and the cursor of one polled channel.

    `owner` is a token of the one reader that may ask; it loses its right when `lease_until` passes and
    another takes over. The cursor moves only in the transaction that stores what was read, and only for the
    owner.
    """

    channel = models.OneToOneField(
        Channel, models.CASCADE, related_name="poll", verbose_name=_("channel"), editable=False
    )
    # The vendor's own words for «up to here»; an address or a key of a session may be in it.
    cursor = EncryptedJSONField()
    owner = models.CharField(max_length=32, default="", blank=True, editable=False)
    lease_until = models.DateTimeField(null=True, editable=False)
    failures = models.PositiveIntegerField(default=0, editable=False)
    read_at = models.DateTimeField(_("last answer"), null=True, editable=False)

    class Meta:
        verbose_name = _("poll of a channel")
        verbose_name_plural = _("polls of channels")

    def __str__(self) -> str:
        return f"poll {self.channel_id}"
