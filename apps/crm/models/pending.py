"""What waits for a person: fields that both sides have changed, and messages that a change proposes."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.crm.models.order import OrderSync
from apps.tenants.models import Member, Tenant


class Decision(models.TextChoices):
    OURS = "ours", _("ours, sent to the CRM")
    THEIRS = "theirs", _("the CRM's, left as it is")
    MOOT = "moot", _("both are the same by now")


class Conflict(models.Model):
    """A field that both sides have changed: somebody decides, until then neither is overwritten."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", verbose_name=_("organisation"))
    sync = models.ForeignKey(OrderSync, models.CASCADE, related_name="conflicts", verbose_name=_("order"))
    field = models.CharField(_("field of the order"), max_length=60)
    before = models.TextField(_("before"), default="", blank=True)
    ours = models.TextField(_("ours"), default="", blank=True)
    theirs = models.TextField(_("the CRM's"), default="", blank=True)
    found_at = models.DateTimeField(_("found"), default=timezone.now)
    decision = models.CharField(_("decided"), max_length=6, choices=Decision.choices, default="", blank=True)
    decided_by = models.ForeignKey(
        Member, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)

    class Meta:
        verbose_name = _("conflict")
        verbose_name_plural = _("conflicts")
        ordering = ("-found_at", "-id")
        constraints = (
            models.UniqueConstraint(
                fields=["sync", "field"], condition=models.Q(decision=""), name="one_open_conflict_per_field"
            ),
        )
        indexes = (models.Index(fields=["tenant", "-found_at"], name="conflict_recent"),)

    def __str__(self) -> str:
        return f"{self.sync}: {self.field}"


class ProposalFate(models.TextChoices):
    WAITING = "waiting", _("waits for the operator")
    SENT = "sent", _("sent")
    DISCARDED = "discarded", _("discarded")
    OUTDATED = "outdated", _("the order moved on")


class Proposal(models.Model):
    """What the client might be told of a change. An operator sends it, or nobody does."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", verbose_name=_("organisation"))
    sync = models.ForeignKey(OrderSync, models.CASCADE, related_name="proposals", verbose_name=_("order"))
    # Of the answer it becomes: pressed twice, it is one.
    key = models.UUIDField(editable=False)
    text = models.TextField(_("text"))
    fate = models.CharField(
        _("fate"), max_length=9, choices=ProposalFate.choices, default=ProposalFate.WAITING
    )
    decided_by = models.ForeignKey(
        Member, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("decided by")
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now)

    class Meta:
        verbose_name = _("proposed message")
        verbose_name_plural = _("proposed messages")
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=["sync"], condition=models.Q(fate="waiting"), name="one_waiting_proposal"
            ),
        )

    def __str__(self) -> str:
        return self.text[:50]
