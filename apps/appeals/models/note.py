"""What colleagues tell each other beside a client's words. No delivery hangs on it: it has nowhere to go."""

import uuid

from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.appeals.models.appeal import Appeal
from apps.appeals.models.contact import Conversation
from apps.tenants.models import Member, Tenant


class Note(models.Model):
    """`key` comes from the form that it was written in: the same form sent twice is one note."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", verbose_name=_("organisation"))
    conversation = models.ForeignKey(
        Conversation, models.CASCADE, related_name="notes", verbose_name=_("conversation")
    )
    appeal = models.ForeignKey(
        Appeal, models.SET_NULL, null=True, related_name="notes", verbose_name=_("appeal")
    )
    member = models.ForeignKey(
        Member, models.SET_NULL, null=True, related_name="+", verbose_name=_("employee")
    )
    key = models.UUIDField(default=uuid.uuid4, editable=False)
    text = models.TextField(_("text"))
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    edited_at = models.DateTimeField(_("edited"), null=True, editable=False)
    deleted_at = models.DateTimeField(_("deleted"), null=True, editable=False)
    # Earlier wordings, oldest first: [{"text": …, "until": ISO time}].
    earlier = models.JSONField(default=list, blank=True, editable=False)

    class Meta:
        verbose_name = _("note for colleagues")
        verbose_name_plural = _("notes for colleagues")
        ordering = ("created_at", "id")
        constraints = (models.UniqueConstraint(fields=["conversation", "key"], name="note_once_per_form"),)
        indexes = (models.Index(fields=["conversation", "created_at", "id"], name="note_feed"),)

    def __str__(self) -> str:
        return self.text[:50]

    def get_absolute_url(self) -> str:
        """However old it is: the page is told what to show around it."""
        address = reverse("desk_conversation", args=[self.conversation_id])
        return f"{address}?note={self.pk}#n{self.pk}"


class Mention(models.Model):
    """A colleague named in a note. Not seen until they had the conversation before their eyes."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", verbose_name=_("organisation"))
    note = models.ForeignKey(Note, models.CASCADE, related_name="mentions", verbose_name=_("note"))
    member = models.ForeignKey(Member, models.CASCADE, related_name="mentions", verbose_name=_("employee"))
    seen_at = models.DateTimeField(_("seen"), null=True)

    class Meta:
        verbose_name = _("mention")
        verbose_name_plural = _("mentions")
        constraints = (models.UniqueConstraint(fields=["note", "member"], name="mention_once_per_note"),)
        indexes = (
            models.Index(
                fields=["tenant", "member"], condition=models.Q(seen_at=None), name="mention_unseen"
            ),
        )

    def __str__(self) -> str:
        return f"@{self.member}"
