"""What happened to a matter, as a line of its conversation."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.appeals.models.appeal import Appeal
from apps.appeals.models.contact import Conversation
from apps.tenants.models import Member, Tenant


class EventKind(models.TextChoices):
    OPENED = "opened", _("appeal opened")
    REOPENED = "reopened", _("appeal opened again")
    ENDED = "ended", _("appeal ended")
    STATUS = "status", _("status changed")
    TAKEN = "taken", _("taken")
    HANDED = "handed", _("handed over")
    GIVEN_BACK = "given_back", _("given back")
    HELPED = "helped", _("answered for a colleague")
    SNOOZED = "snoozed", _("put off")
    WOKEN = "woken", _("back from having been put off")
    UNSUBSCRIBED = "unsubscribed", _("no more campaigns")
    RESUBSCRIBED = "resubscribed", _("campaigns again")
    CORRECTED = "corrected", _("device or price corrected")
    SCHEDULE_CANCELLED = "schedule_cancelled", _("scheduled message cancelled")
    MERGED = "merged", _("clients merged")
    UNMERGED = "unmerged", _("merge of clients undone")
    ORDER = "order", _("order in the CRM")


class Actor(models.TextChoices):
    MEMBER = "member", _("employee")
    CLIENT = "client", _("client")
    AI = "ai", _("AI")
    SYSTEM = "system", _("system")


class AppealEvent(models.Model):
    """Written in the transaction of the change itself, never changed afterwards.

    `data` keeps names and values as they were then; what each kind keeps is read in `event_texts`.
    """

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", verbose_name=_("organisation"))
    conversation = models.ForeignKey(
        Conversation, models.CASCADE, related_name="events", verbose_name=_("conversation")
    )
    appeal = models.ForeignKey(
        Appeal, models.SET_NULL, null=True, related_name="events", verbose_name=_("appeal")
    )
    kind = models.CharField(_("kind"), max_length=20, choices=EventKind.choices)
    actor = models.CharField(_("by"), max_length=8, choices=Actor.choices, default=Actor.SYSTEM)
    # Empty for a member who has left since, and for whoever looks after the whole system.
    member = models.ForeignKey(
        Member, models.SET_NULL, null=True, related_name="+", verbose_name=_("employee")
    )
    data = models.JSONField(default=dict, blank=True)
    at = models.DateTimeField(_("at"), default=timezone.now)

    class Meta:
        verbose_name = _("event of an appeal")
        verbose_name_plural = _("events of appeals")
        ordering = ("at", "id")
        indexes = (
            models.Index(fields=["conversation", "at", "id"], name="appeal_event_feed"),
            models.Index(fields=["tenant", "kind", "-at"], name="appeal_event_kinds"),
        )

    def __str__(self) -> str:
        return str(self.get_kind_display())
