"""A conversation put off: the work that brings it back when its time has come."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.appeals.models.contact import Conversation
from apps.core.models import DurableWork
from apps.tenants.models import Tenant


class Snooze(DurableWork):
    """Of no effect once the conversation came back by itself, or was put off anew: it then bears another
    `until`.
    """

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", verbose_name=_("organisation"))
    conversation = models.ForeignKey(
        Conversation, models.CASCADE, related_name="snoozes", verbose_name=_("conversation")
    )
    until = models.DateTimeField(_("until"))

    class Meta(DurableWork.Meta):
        abstract = False
        verbose_name = _("reminder")
        verbose_name_plural = _("reminders")

    def __str__(self) -> str:
        return f"№{self.pk}"
