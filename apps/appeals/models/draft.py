"""A reply the AI proposes. It waits for the operator, unless the AI may answer by itself."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.appeals.models.appeal import Appeal
from apps.appeals.models.guarded import Guarded
from apps.appeals.models.message import Message
from apps.core.models import DurableWork
from apps.tenants.models import Member, Tenant


class DraftFate(models.TextChoices):
    """What became of it. Empty while it is being written."""

    WAITING = "waiting", _("waits for the operator")
    ACCEPTED = "accepted", _("sent as it was")
    VOUCHED = "vouched", _("sent as it was, its figures checked by the operator")
    EDITED = "edited", _("sent with changes")
    AUTO = "auto", _("sent by the AI itself")
    DISCARDED = "discarded", _("discarded")
    OUTDATED = "outdated", _("the client wrote meanwhile")
    NONE = "none", _("the AI gave none")


class HeldBack(models.TextChoices):
    """Why the AI did not send it by itself, where it might have."""

    UNPROVEN = "unproven", _("there are figures in it that nobody named")
    IN_A_ROW = "in_a_row", _("the AI has already answered several times without a person")
    CHANNEL = "channel", _("the channel does not carry it now")


class Draft(Guarded, DurableWork):
    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", verbose_name=_("organisation"))
    appeal = models.ForeignKey(Appeal, models.CASCADE, related_name="drafts", verbose_name=_("appeal"))
    # The client's last words it answers: once newer ones are there it is outdated.
    answers = models.ForeignKey(Message, models.CASCADE, related_name="+", verbose_name=_("answers"))
    fate = models.CharField(_("fate"), max_length=10, choices=DraftFate.choices, default="", blank=True)
    held_back = models.CharField(max_length=10, choices=HeldBack.choices, default="", blank=True)
    decided_by = models.ForeignKey(
        Member, models.SET_NULL, null=True, related_name="+", verbose_name=_("decided by")
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now)

    class Meta(DurableWork.Meta):
        abstract = False
        verbose_name = _("draft reply")
        verbose_name_plural = _("draft replies")
        ordering = ("-id",)

    def __str__(self) -> str:
        return self.text[:50] or f"№{self.pk}"
