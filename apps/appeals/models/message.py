"""One message in or out, its files, and the batch it is read in."""

from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.appeals.models.appeal import Appeal
from apps.appeals.models.campaign import Campaign, Recipient
from apps.appeals.models.contact import Conversation
from apps.channels.models import Delivery, InboundEvent
from apps.core.models import DurableWork
from apps.tenants.models import Member, Tenant


class Author(models.TextChoices):
    CLIENT = "client", _("client")
    OPERATOR = "operator", _("operator")
    SYSTEM = "system", _("system")
    CAMPAIGN = "campaign", _("campaign")
    AI = "ai", _("AI")


class Batch(DurableWork):
    """What one client wrote within the window, read as one. `due_at` is the window's end."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", verbose_name=_("organisation"))
    conversation = models.ForeignKey(
        Conversation, models.CASCADE, related_name="batches", verbose_name=_("conversation")
    )
    appeal = models.ForeignKey(
        Appeal, models.SET_NULL, null=True, related_name="batches", verbose_name=_("appeal")
    )
    prefilled_data = models.JSONField(default=dict, blank=True)
    ad_channel = models.CharField(max_length=60, default="", blank=True)
    ad_id = models.CharField(max_length=200, default="", blank=True)
    # A person would not wait, neither for more messages nor for recordings to be listened to.
    is_hurried = models.BooleanField(default=False)
    opened_at = models.DateTimeField(_("opened"), default=timezone.now)
    closed_at = models.DateTimeField(_("routed"), null=True)

    class Meta(DurableWork.Meta):
        abstract = False
        verbose_name = _("batch")
        verbose_name_plural = _("batches")
        indexes = (
            *DurableWork.Meta.indexes,
            models.Index(fields=["conversation", "-id"], name="batch_of_conversation"),
        )

    def __str__(self) -> str:
        return f"№{self.pk}"


class Message(models.Model):
    """Words in a conversation. `external_message_id` with the conversation is what no message may repeat."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", verbose_name=_("organisation"))
    conversation = models.ForeignKey(
        Conversation, models.CASCADE, related_name="messages", verbose_name=_("conversation")
    )
    appeal = models.ForeignKey(
        Appeal, models.SET_NULL, null=True, related_name="messages", verbose_name=_("appeal")
    )
    batch = models.ForeignKey(
        Batch, models.SET_NULL, null=True, related_name="messages", verbose_name=_("batch")
    )
    event = models.ForeignKey(
        InboundEvent, models.SET_NULL, null=True, related_name="messages", verbose_name=_("incoming event")
    )
    delivery = models.OneToOneField(
        Delivery, models.SET_NULL, null=True, related_name="message", verbose_name=_("delivery")
    )
    author = models.CharField(_("author"), max_length=8, choices=Author.choices)
    operator = models.ForeignKey(
        Member, models.SET_NULL, null=True, related_name="+", verbose_name=_("operator")
    )
    campaign = models.ForeignKey(
        Campaign, models.SET_NULL, null=True, related_name="+", verbose_name=_("campaign")
    )
    # Empty where the campaign was only tried out.
    recipient = models.ForeignKey(
        Recipient, models.SET_NULL, null=True, related_name="messages", verbose_name=_("recipient")
    )
    external_message_id = models.CharField(max_length=200, default="", blank=True)
    text = models.TextField(_("text"), default="", blank=True)
    # What the messenger brought that is not words: a place, a contact card, a file it would not hand out.
    note = models.CharField(_("note"), max_length=500, default="", blank=True)
    reply_to = models.CharField(max_length=200, default="", blank=True)
    # The sign that the client put under it.
    reaction = models.CharField(_("reaction"), max_length=16, default="", blank=True)
    sent_at = models.DateTimeField(_("sent"))
    # When the messenger brought it: many messages of one second are in the order in which they came.
    received_at = models.DateTimeField(_("received"), default=timezone.now)
    # Brought long after it was said: it is stored behind newer words, no AI reads it, nobody waits for it.
    is_history = models.BooleanField(_("from the history"), default=False, editable=False)
    edited_at = models.DateTimeField(_("edited"), null=True)
    deleted_at = models.DateTimeField(_("taken back"), null=True)
    # The message it answers, where a page has looked for it.
    quoted: "Message | None" = None
    # Earlier wordings, oldest first: [{"text": …, "until": ISO time}].
    earlier = models.JSONField(default=list, blank=True, editable=False)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ("sent_at", "received_at", "id")
        constraints = (
            models.UniqueConstraint(
                fields=["conversation", "external_message_id"],
                condition=~models.Q(external_message_id="") & models.Q(author="client"),
                name="client_message_once",
            ),
        )
        indexes = (
            models.Index(fields=["conversation", "sent_at", "received_at", "id"], name="message_feed"),
            models.Index(fields=["tenant", "-received_at"], name="message_recent"),
            models.Index(fields=["tenant", "sent_at"], name="message_by_time"),
        )

    def __str__(self) -> str:
        return self.text[:50]

    def get_absolute_url(self) -> str:
        """However old it is: the page is told what to show around it."""
        address = reverse("desk_conversation", args=[self.conversation_id])
        return f"{address}?at={self.pk}#m{self.pk}"

    @property
    def is_answer(self) -> bool:
        """Somebody wrote it to this client, and is told whether it arrived."""
        return self.author != Author.CAMPAIGN


class SearchedMessage(models.Model):
    """The same table as search reads it: with `words`, which the database keeps and no page should load."""

    tenant = models.ForeignKey(Tenant, models.DO_NOTHING, related_name="+")
    conversation = models.ForeignKey(Conversation, models.DO_NOTHING, related_name="searched")
    text = models.TextField()
    sent_at = models.DateTimeField()
    received_at = models.DateTimeField()
    words = SearchVectorField()

    class Meta:
        managed = False
        db_table = "appeals_message"

    def __str__(self) -> str:
        return self.text[:50]


class Attachment(DurableWork):
    """A file that came with a message: fetched as durable work, or a placeholder with the reason why not."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", verbose_name=_("organisation"))
    message = models.ForeignKey(
        Message, models.CASCADE, related_name="attachments", verbose_name=_("message")
    )
    kind = models.CharField(_("kind"), max_length=10)
    ref = models.TextField(editable=False)
    name = models.CharField(_("name"), max_length=200, default="", blank=True)
    content_type = models.CharField(_("content type"), max_length=100, default="", blank=True)
    size = models.PositiveBigIntegerField(_("size"), null=True)
    seconds = models.PositiveIntegerField(_("length, seconds"), null=True)
    file = models.FileField(_("file"), max_length=300, null=True)
    transcript = models.TextField(_("transcript"), default="", blank=True)

    class Meta(DurableWork.Meta):
        abstract = False
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")

    def __str__(self) -> str:
        return self.name or self.kind
