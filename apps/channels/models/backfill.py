"""Bringing what was said in a channel before, page by page: how far it is, and what came of it."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.channels.models.channel import Channel
from apps.core.models import DurableWork
from apps.tenants.models import Member, Tenant


class Backfill(DurableWork):
    """One order to bring a channel's history. `cursor` moves in the transaction that stores its page.

    `found` counts the messages that the service showed, `stored` the events made of them: what an earlier
    backfill had brought word for word only counts up that event's deliveries.
    """

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", verbose_name=_("organisation"))
    channel = models.ForeignKey(Channel, models.CASCADE, related_name="backfills", verbose_name=_("channel"))
    since = models.DateTimeField(_("from"))
    until = models.DateTimeField(_("to"), help_text=_("Empty: until now."))
    cursor = models.CharField(max_length=200, default="", blank=True, editable=False)
    pages = models.PositiveIntegerField(_("pages read"), default=0, editable=False)
    found = models.PositiveIntegerField(_("messages found"), default=0, editable=False)
    stored = models.PositiveIntegerField(_("of them stored"), default=0, editable=False)
    ordered_by = models.ForeignKey(
        Member, models.SET_NULL, null=True, related_name="+", verbose_name=_("ordered by"), editable=False
    )
    created_at = models.DateTimeField(_("ordered"), default=timezone.now, editable=False)
    finished_at = models.DateTimeField(_("finished"), null=True, editable=False)
    # A person said so: its step ends after the page in hand, and it is done without being finished.
    stopped_at = models.DateTimeField(_("stopped"), null=True, editable=False)

    class Meta(DurableWork.Meta):
        abstract = False
        verbose_name = _("history of a channel")
        verbose_name_plural = _("histories of channels")
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return f"№{self.pk}"
