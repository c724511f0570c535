"""The site's chat as a messenger of its own: what its «vendor side» keeps, apart from conversations.

The chat page reads and writes only these; the connector in between treats them like any vendor's store.
"""

from django.db import models
from django.utils import timezone

from apps.channels.models.channel import Channel


class ChatVisitor(models.Model):
    """One browser. Only a digest of its token is kept."""

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="visitors")
    token_digest = models.CharField(max_length=64, unique=True)
    external_id = models.CharField(max_length=40)
    name = models.CharField(max_length=150, default="", blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    seen_at = models.DateTimeField(default=timezone.now)
    # When each side was last seen typing. Written every few seconds at most, and read with the row anyway.
    writes_at = models.DateTimeField(null=True)
    answers_at = models.DateTimeField(null=True)
    # The visitor's newest line that somebody on our side has had before their eyes.
    read_up_to = models.BigIntegerField(default=0)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["channel", "external_id"], name="visitor_once"),)

    def __str__(self) -> str:
        return self.external_id


class ChatLine(models.Model):
    """A line of the chat as its visitor sees it; the writer's own `key` keeps it from being there twice."""

    visitor = models.ForeignKey(ChatVisitor, models.CASCADE, related_name="lines")
    key = models.CharField(max_length=64)
    from_visitor = models.BooleanField()
    text = models.TextField()
    # As a delivery keeps it, besides `seconds` of a recording and `copy`: {"path", "content_type"} of the
    # same in a format that more browsers play.
    file = models.JSONField(default=dict, blank=True)
    # What the visitor may press instead of typing it: texts.
    buttons = models.JSONField(default=list, blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=["visitor", "key"], name="chat_line_once"),)

    def __str__(self) -> str:
        return f"{self.visitor_id} {self.pk}"
