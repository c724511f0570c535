"""An answer that an operator spoke: heard, and turned by the AI into a letter to the client."""

import uuid
from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.appeals.models.contact import Conversation
from apps.appeals.models.guarded import Guarded
from apps.core.models import DurableWork, State
from apps.tenants.models import Member, Tenant


class DictationFate(models.TextChoices):
    """What the operator did with it. Empty while it waits for them."""

    SENT = "sent", _("sent as it was")
    INSERTED = "inserted", _("taken into the answer")
    DISCARDED = "discarded", _("discarded")


class NoLetter(models.TextChoices):
    """Why there is no letter though nothing failed. What was heard can be taken as it is, all the same."""

    SILENCE = (
        "silence",
        _("Nobody speaks in the recording. Delete it and record it again, nearer to the microphone."),
    )
    NO_AI = (
        "no_ai",
        _("No AI that writes is connected: take what was heard, or ask your administrator to connect one."),
    )
    CAP = "cap", _("The month's limit for AI is used up. Take what was heard as it is.")
    UNUSABLE = "unusable", _("The AI wrote nothing usable. Take what was heard as it is.")


class Dictation(Guarded, DurableWork):
    """`text` is the letter; `transcript` is there before it, and stays if there is none."""

    # So long a decided one stays, with its recording.
    KEPT: ClassVar[timedelta] = timedelta(days=14)

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", verbose_name=_("organisation"))
    conversation = models.ForeignKey(
        Conversation, models.CASCADE, related_name="dictations", verbose_name=_("conversation")
    )
    member = models.ForeignKey(
        Member, models.SET_NULL, null=True, related_name="+", verbose_name=_("operator")
    )
    # The page's: the same recording sent twice is one, and so is its answer.
    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    file = models.FileField(_("file"), max_length=300, blank=True)
    content_type = models.CharField(_("content type"), max_length=100, default="", blank=True)
    # Of a long recording what was said in the parts already heard: they are not paid for twice.
    heard = models.JSONField(default=list, blank=True, editable=False)
    transcript = models.TextField(_("transcript"), default="", blank=True)
    no_letter = models.CharField(
        max_length=10, choices=NoLetter.choices, default="", blank=True, editable=False
    )
    fate = models.CharField(_("fate"), max_length=10, choices=DictationFate.choices, default="", blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now)

    class Meta(DurableWork.Meta):
        abstract = False
        verbose_name = _("dictated reply")
        verbose_name_plural = _("dictated replies")
        indexes = (
            *DurableWork.Meta.indexes,
            models.Index(fields=["conversation"], condition=models.Q(fate=""), name="dictation_undecided"),
        )

    def __str__(self) -> str:
        return f"№{self.pk}"

    @property
    def is_under_way(self) -> bool:
        return self.state in (State.QUEUED, State.RUNNING)
