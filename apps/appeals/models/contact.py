"""A person, and the ids under which they write."""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models.functions import Lower, Right, Upper
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from apps.channels.models import Channel
from apps.tenants.models import Member, Tenant

# Of a national number; what stands before it (+7, 8, 007) is written in many ways.
PHONE_DIGITS = 10
# Whoever was merged into another client is told of by that one alone.
STANDING = models.Q(merged_into=None)


def phone_tail() -> Right:
    """Indexed: candidates for the same number, which `core.phones` then compares."""
    digits = models.Func(
        models.F("phone"),
        models.Value(r"\D"),
        models.Value(""),
        models.Value("g"),
        function="regexp_replace",
        output_field=models.CharField(),
    )
    return Right(digits, PHONE_DIGITS)


class ConsentWay(models.TextChoices):
    """How it was said. Stable words: a proof is asked for years later."""

    WORDS = "words", _("in words")
    FORM = "form", _("in a form")
    PAPER = "paper", _("on paper")
    IMPORTED = "imported", _("taken over with a list")
    STOP = "stop", _("answered a campaign with «stop»")


class Contact(models.Model):
    """Name, phone and e-mail are attributes, never the key: a person is known by their identities."""

    tenant = models.ForeignKey(
        Tenant, models.CASCADE, related_name="contacts", verbose_name=_("organisation")
    )
    name = models.CharField(_("name"), max_length=200, default="", blank=True)
    phone = models.CharField(_("phone"), max_length=32, default="", blank=True)
    email = models.EmailField(_("e-mail"), default="", blank=True)
    note = models.TextField(_("note"), default="", blank=True)
    # No campaigns to them since then: by whose decision, and why; nobody's where the client wrote it.
    unsubscribed_at = models.DateTimeField(_("no campaigns since"), null=True, editable=False)
    unsubscribed_by = models.ForeignKey(
        Member, models.SET_NULL, null=True, related_name="+", editable=False, verbose_name=_("entered by")
    )
    unsubscribed_why = models.CharField(_("why"), max_length=200, default="", blank=True, editable=False)
    # Consent to advertising that is in force: `appeals.consent` alone writes it, beside a row of its history.
    agreed_at = models.DateTimeField(_("agreed to advertising"), null=True, editable=False)
    agreed_way = models.CharField(
        _("how it was said"), max_length=8, choices=ConsentWay.choices, default="", blank=True, editable=False
    )
    # The same person as that one: all that hung on this row hangs there (`merging`), until that is undone.
    merged_into = models.ForeignKey(
        "self", models.SET_NULL, null=True, related_name="+", editable=False, verbose_name=_("merged into")
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("client")
        verbose_name_plural = _("clients")
        ordering = ("-created_at",)
        constraints = (
            # Whoever follows merges comes to an end, see `following`: the kept one is merged into nobody.
            models.CheckConstraint(
                condition=models.Q(merged_into=None) | ~models.Q(merged_into=models.F("pk")),
                name="contact_not_merged_into_itself",
            ),
        )
        indexes = (
            models.Index(fields=["tenant", "-created_at"], name="contact_recent"),
            models.Index(fields=["tenant", "phone"], condition=~models.Q(phone=""), name="contact_phone"),
            models.Index("tenant", phone_tail(), condition=~models.Q(phone=""), name="contact_phone_tail"),
            models.Index("tenant", Lower("email"), condition=~models.Q(email=""), name="contact_email"),
            GinIndex(OpClass(Upper("name"), "gin_trgm_ops"), name="contact_name_parts"),
            GinIndex(OpClass("phone", "gin_trgm_ops"), name="contact_phone_parts"),
        )

    def __str__(self) -> str:
        return self.name or str(_("Client")) + f" {self.pk}"


class Identity(models.Model):
    """Under which id a contact writes in one channel. Not reachable: they blocked us there."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", verbose_name=_("organisation"))
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="identities", verbose_name=_("client"))
    channel = models.ForeignKey(Channel, models.CASCADE, related_name="identities", verbose_name=_("channel"))
    external_user_id = models.CharField(_("id in the channel"), max_length=200)
    username = models.CharField(_("user name"), max_length=200, default="", blank=True)
    is_reachable = models.BooleanField(_("reachable"), default=True)

    class Meta:
        verbose_name = _("identity")
        verbose_name_plural = _("identities")
        constraints = (
            models.UniqueConstraint(fields=["channel", "external_user_id"], name="identity_once_per_channel"),
        )
        indexes = (GinIndex(OpClass(Upper("username"), "gin_trgm_ops"), name="identity_name_parts"),)

    def __str__(self) -> str:
        return self.username or self.external_user_id


class Conversation(models.Model):
    """One chat of one identity. Messengers with a chat per advertisement have several for one client."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", verbose_name=_("organisation"))
    channel = models.ForeignKey(
        Channel, models.CASCADE, related_name="conversations", verbose_name=_("channel")
    )
    identity = models.ForeignKey(
        Identity, models.CASCADE, related_name="conversations", verbose_name=_("identity")
    )
    contact = models.ForeignKey(
        Contact, models.CASCADE, related_name="conversations", verbose_name=_("client")
    )
    external_chat_id = models.CharField(_("chat"), max_length=200)
    # The open one, else the latest: what the list shows of it.
    current_appeal = models.ForeignKey(
        "appeals.Appeal", models.SET_NULL, null=True, related_name="+", verbose_name=_("appeal")
    )
    last_message_at = models.DateTimeField(_("last message"), default=timezone.now)
    last_inbound_at = models.DateTimeField(_("client's last message"), null=True)
    # The client's words nobody has answered yet wait since then; empty once an operator answered.
    waiting_since = models.DateTimeField(_("waits since"), null=True)
    # Kept with it by `sla.clocks`: when they ought to be answered; empty where nothing is aimed at.
    answer_due_at = models.DateTimeField(_("to be answered by"), null=True, editable=False)
    # Out of sight until then, or until the client writes; why stays while the reminder is shown.
    snoozed_until = models.DateTimeField(_("put off until"), null=True, editable=False)
    snoozed_why = models.CharField(_("why"), max_length=200, default="", blank=True, editable=False)
    snoozed_by = models.ForeignKey(
        Member, models.SET_NULL, null=True, related_name="+", editable=False, verbose_name=_("put off by")
    )
    # Its time has come, and nobody has answered, put it off anew or said that nothing is to be done.
    reminded_at = models.DateTimeField(_("reminded"), null=True, editable=False)
    # Grows with everything that the conversation's page shows, so that an unchanged page costs one
    # comparison.
    revision = models.PositiveBigIntegerField(default=0, editable=False)

    class Meta:
        verbose_name = _("conversation")
        verbose_name_plural = _("conversations")
        ordering = ("-last_message_at",)
        constraints = (
            models.UniqueConstraint(
                fields=["channel", "external_chat_id"], name="conversation_once_per_chat"
            ),
        )
        indexes = (
            models.Index(fields=["tenant", "-last_message_at"], name="conversation_recent"),
            models.Index(
                fields=["tenant"],
                condition=models.Q(waiting_since__isnull=False),
                name="conversation_waiting",
            ),
            models.Index(
                fields=["tenant", "answer_due_at"],
                condition=models.Q(answer_due_at__isnull=False),
                name="conversation_due",
            ),
            models.Index(
                fields=["tenant"],
                condition=models.Q(reminded_at__isnull=False),
                name="conversation_reminded",
            ),
        )

    def __str__(self) -> str:
        return f"{self.contact} · {self.channel}"
