"""One matter of one contact."""

import uuid
from datetime import datetime

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from apps.appeals.models.campaign import Campaign
from apps.appeals.models.contact import Contact, Conversation
from apps.channels.models import Channel
from apps.tenants.models import Member, Tenant


class AppealStatus(models.TextChoices):
    NEW = "new", _("new")
    IN_PROGRESS = "in_progress", _("in progress")
    WAITING = "waiting", _("waiting for the client")
    AGREED = "agreed", _("agreed")
    REJECTED = "rejected", _("rejected")
    CLOSED = "closed", _("closed")


ENDED_STATUSES = (AppealStatus.REJECTED, AppealStatus.CLOSED)
# A client's next message belongs to an appeal in one of these; after the others it opens a new one.
OPEN_STATUSES = (AppealStatus.NEW, AppealStatus.IN_PROGRESS, AppealStatus.WAITING, AppealStatus.AGREED)


class Appeal(models.Model):
    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="appeals", verbose_name=_("organisation"))
    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="appeals", verbose_name=_("client"))
    conversation = models.ForeignKey(
        Conversation, models.CASCADE, related_name="appeals", verbose_name=_("conversation")
    )
    channel = models.ForeignKey(Channel, models.CASCADE, related_name="appeals", verbose_name=_("channel"))
    status = models.CharField(
        _("status"), max_length=12, choices=AppealStatus.choices, default=AppealStatus.NEW
    )
    rejection_reason = models.CharField(_("reason of the refusal"), max_length=300, default="", blank=True)
    appeal_type = models.CharField(_("kind"), max_length=60, default="", blank=True)
    operator = models.ForeignKey(
        Member, models.SET_NULL, null=True, blank=True, related_name="appeals", verbose_name=_("operator")
    )
    prefilled_data = models.JSONField(_("prefilled data"), default=dict, blank=True)
    ad_channel = models.CharField(_("advertising channel"), max_length=60, default="", blank=True)
    ad_id = models.CharField(_("advertisement"), max_length=200, default="", blank=True)
    campaign = models.ForeignKey(
        Campaign, models.SET_NULL, null=True, editable=False, related_name="+", verbose_name=_("campaign")
    )
    # Why the AI's part is missing (see `appeals.notes`); empty when all is there.
    ai_note = models.CharField(max_length=40, default="", blank=True, editable=False)
    crm_status = models.CharField(_("CRM status"), max_length=60, default="", blank=True)
    crm_repair_status = models.CharField(_("CRM repair status"), max_length=60, default="", blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)
    first_answer_at = models.DateTimeField(_("first answer"), null=True, editable=False)
    closed_at = models.DateTimeField(_("closed at"), null=True, editable=False)
    # When the client wrote again after the end: from then on the first answer is waited for anew.
    reopened_at = models.DateTimeField(_("opened again"), null=True, editable=False)
    # The operator has it from a colleague and has not looked at it yet.
    is_handed_over = models.BooleanField(_("handed over, not yet seen"), default=False, editable=False)
    # Kept by `sla.clocks`: when it ought to be settled; empty while that clock stands still.
    resolve_due_at = models.DateTimeField(_("to be settled by"), null=True, editable=False)
    history = HistoricalRecords(excluded_fields=["updated_at", "resolve_due_at", "is_handed_over"])

    class Meta:
        verbose_name = _("appeal")
        verbose_name_plural = _("appeals")
        ordering = ("-created_at",)
        constraints = (
            # Two routers at once can't open two matters for one conversation.
            models.UniqueConstraint(
                fields=["conversation"],
                condition=models.Q(status__in=OPEN_STATUSES),
                name="one_open_appeal_per_conversation",
            ),
        )
        indexes = (
            models.Index(fields=["tenant", "status", "-created_at"], name="appeal_by_status"),
            models.Index(fields=["tenant", "-created_at"], name="appeal_recent"),
            models.Index(
                fields=["tenant", "operator"],
                condition=models.Q(status__in=OPEN_STATUSES),
                name="appeal_open_of_operator",
            ),
            models.Index(
                fields=["tenant", "first_answer_at"],
                condition=models.Q(first_answer_at__isnull=False),
                name="appeal_answered",
            ),
            models.Index(
                fields=["tenant", "closed_at"],
                condition=models.Q(closed_at__isnull=False),
                name="appeal_closed",
            ),
        )

    def __str__(self) -> str:
        return f"№{self.pk}"

    @property
    def clock_from(self) -> datetime:
        """Since when the first answer is waited for."""
        return self.reopened_at or self.created_at

    @property
    def is_open(self) -> bool:
        return self.status in OPEN_STATUSES
