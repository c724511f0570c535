"""An answer that is written and has not gone yet: for the seconds of undoing, or until later."""

import uuid
from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.appeals.models.contact import Conversation
from apps.appeals.models.draft import Draft
from apps.appeals.models.message import Message
from apps.channels.contract import MediaKind, OutgoingFile
from apps.core.models import TROUBLED, DurableWork
from apps.tenants.models import Member, Tenant


class PlannedFate(models.TextChoices):
    """What became of it. Decided under the conversation's lock alone: it is one of these and no other."""

    WAITING = "waiting", pgettext_lazy("of a planned answer", "waits for its time")
    SENT = "sent", pgettext_lazy("of a planned answer", "sent")
    TAKEN_BACK = "taken_back", pgettext_lazy("of a planned answer", "taken back")
    CLIENT_WROTE = "client_wrote", pgettext_lazy("of a planned answer", "the client wrote before it")
    REFUSED = "refused", pgettext_lazy("of a planned answer", "could not be sent")


# An operator still has something to do with these, or to know of them.
SHOWN_FATES = (PlannedFate.WAITING, PlannedFate.CLIENT_WROTE, PlannedFate.REFUSED)


class PlannedAnswer(DurableWork):
    """What `answering.answer` is called with once `due_at` has come.

    `is_scheduled`: for later, by the operator's choice; else it only waits out the seconds of undoing, and
    those of one conversation keep their order by the lane.
    """

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", verbose_name=_("organisation"))
    conversation = models.ForeignKey(
        Conversation, models.CASCADE, related_name="planned", verbose_name=_("conversation")
    )
    member = models.ForeignKey(
        Member, models.SET_NULL, null=True, related_name="+", verbose_name=_("operator")
    )
    # The compose form's: of what is sent at last, too.
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    text = models.TextField(_("text"), default="", blank=True)
    # As `channels.templates.stored` has it; the text is then how it reads.
    template = models.JSONField(default=dict, blank=True)
    draft = models.ForeignKey(
        Draft, models.SET_NULL, null=True, related_name="+", verbose_name=_("draft reply")
    )
    reply_to = models.ForeignKey(
        Message, models.SET_NULL, null=True, related_name="+", verbose_name=_("answers")
    )
    # The newest message that the operator had before their eyes.
    seen = models.BigIntegerField(null=True)
    # More arguments of `answering.answer`, of parts of the composer that this model knows nothing of.
    extras = models.JSONField(default=dict, blank=True)
    send_at = models.DateTimeField(_("goes out"), default=timezone.now)
    is_scheduled = models.BooleanField(default=False)
    unless_client_writes = models.BooleanField(_("only if the client does not write before"), default=True)
    fate = models.CharField(
        _("fate"), max_length=12, choices=PlannedFate.choices, default=PlannedFate.WAITING, editable=False
    )
    decided_by = models.ForeignKey(
        Member, models.SET_NULL, null=True, related_name="+", editable=False, verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now)

    class Meta(DurableWork.Meta):
        abstract = False
        verbose_name = _("planned answer")
        verbose_name_plural = _("planned answers")
        ordering = ("send_at", "id")
        indexes = (
            *DurableWork.Meta.indexes,
            models.Index(
                fields=["conversation", "send_at"],
                condition=models.Q(fate__in=["waiting", "client_wrote", "refused"]),
                name="planned_of_conversation",
            ),
            models.Index(
                fields=["tenant", "send_at"],
                condition=models.Q(is_scheduled=True, fate__in=["waiting", "client_wrote", "refused"]),
                name="planned_of_tenant",
            ),
        )

    def __str__(self) -> str:
        return self.text[:50] or f"№{self.pk}"

    @property
    def buttons(self) -> list[str]:
        """Under its last words."""
        return list(self.extras.get("buttons", ()))

    @property
    def is_stuck(self) -> bool:
        """It will not go by itself any more."""
        return self.fate == PlannedFate.REFUSED or (
            self.fate == PlannedFate.WAITING and self.state in TROUBLED
        )


class Upload(models.Model):
    """A file that an operator put into the composer: judged and stored at once, sent with the answer."""

    KEPT: ClassVar[timedelta] = timedelta(days=14)

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", verbose_name=_("organisation"))
    conversation = models.ForeignKey(
        Conversation, models.CASCADE, related_name="uploads", verbose_name=_("conversation")
    )
    member = models.ForeignKey(
        Member, models.SET_NULL, null=True, related_name="+", verbose_name=_("operator")
    )
    planned = models.ForeignKey(
        PlannedAnswer, models.SET_NULL, null=True, related_name="uploads", verbose_name=_("planned answer")
    )
    # The page's: the same file sent up twice, because an answer was lost, is one.
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    # Among the files of its answer.
    position = models.PositiveSmallIntegerField(default=0)
    kind = models.CharField(_("kind"), max_length=10)
    name = models.CharField(_("name"), max_length=200)
    content_type = models.CharField(_("content type"), max_length=100, default="", blank=True)
    size = models.PositiveBigIntegerField(_("size"))
    path = models.CharField(max_length=300, default="", blank=True)
    is_recording = models.BooleanField(default=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    # From then on the file belongs to the message that went with it.
    used_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("file for an answer")
        verbose_name_plural = _("files for answers")
        ordering = ("position", "id")
        indexes = (models.Index(fields=["created_at"], name="upload_age"),)

    def __str__(self) -> str:
        return self.name

    @property
    def file(self) -> OutgoingFile:
        return OutgoingFile(
            kind=MediaKind(self.kind),
            name=self.name,
            content_type=self.content_type,
            size=self.size,
            path=self.path,
            is_recording=self.is_recording,
        )
