"""Which colleague has a conversation open at this moment.

The table is unlogged: it is written every few seconds, and after a crash of the database nobody misses it.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.appeals.models.contact import Conversation
from apps.tenants.models import Member, Tenant


class Looking(models.Model):
    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", verbose_name=_("organisation"))
    conversation = models.ForeignKey(
        Conversation, models.CASCADE, related_name="lookers", verbose_name=_("conversation")
    )
    member = models.ForeignKey(Member, models.CASCADE, related_name="+", verbose_name=_("employee"))
    looked_at = models.DateTimeField(_("looked"))
    writes_at = models.DateTimeField(_("was writing"), null=True)
    left_at = models.DateTimeField(_("closed the page"), null=True)

    class Meta:
        verbose_name = _("open conversation")
        verbose_name_plural = _("open conversations")
        constraints = (
            models.UniqueConstraint(fields=["conversation", "member"], name="looking_once_per_member"),
        )
        # None on the clock: it would make each of the many updates write to it, for one sweep a day.

    def __str__(self) -> str:
        return f"{self.member} · {self.conversation_id}"
