"""A message to many clients at once, and what became of it with each of them."""

from datetime import time

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.appeals.models.contact import Contact, Conversation
from apps.channels.models import Channel
from apps.core.models import DurableWork
from apps.tenants.models import Member, Tenant


class CampaignStatus(models.TextChoices):
    DRAFT = "draft", _("being prepared")
    # Confirmed; its recipients are being settled, and nothing has gone out.
    STARTING = "starting", _("being started")
    SENDING = "sending", _("being sent out")
    PAUSED = "paused", pgettext_lazy("campaign", "paused")
    STOPPED = "stopped", pgettext_lazy("campaign", "stopped")
    FINISHED = "finished", pgettext_lazy("campaign", "finished")


class Pause(models.TextChoices):
    """Why a campaign stands still, in words that say what to do next."""

    PERSON = "person", _("Paused by hand.")
    RATE_LIMITED = "rate_limited", _("The service's limit is reached. The campaign goes on by itself.")
    UNREACHED = (
        "unreached",
        _("A channel of this campaign does not work. Mend its connection, then resume."),
    )
    FAILURES = (
        "failures",
        _("Too many of the last messages failed. Look at the reasons below before you resume."),
    )
    BROKEN = "broken", _("Our own error. It is logged; resume once it is mended.")


class StartProblem(models.TextChoices):
    """Why a confirmed campaign is a draft again, in words that say what to do next."""

    CHANGED = (
        "changed",
        _(
            "While the campaign was being started, the number of clients changed. Nothing was sent: look at "
            "the new number and confirm it."
        ),
    )
    BROKEN = (
        "broken",
        _(
            "The campaign could not be started because of an error of ours. Nothing was sent: try again, and "
            "if it fails again, tell whoever runs the system."
        ),
    )


class Skip(models.TextChoices):
    """Why somebody of the chosen is not written to. Stable words: exports and filters are built on them."""

    UNSUBSCRIBED = "unsubscribed", _("asked for no campaigns")
    NO_CONSENT = "no_consent", _("has not agreed to advertising")
    NO_CONVERSATION = "no_conversation", _("has no conversation in these channels")
    NEVER_WROTE = "never_wrote", _("has never written to us there")
    BLOCKED = "blocked", _("blocked us there")
    CHANNEL_OFF = "channel_off", _("the channel does not work at the moment")
    WINDOW = "window", _("wrote too long ago: this service carries nothing more")
    TALKING = "talking", _("is being talked to")
    TEMPLATE_GONE = "template_gone", _("the template is not approved any more, or was changed")
    NO_PHONE = "no_phone", _("has never written there, and no phone is known")
    OTHER_CLIENT = "other_client", _("the phone is another client's there")
    MERGED = "merged", _("is the same client as another of this campaign")
    NO_VALUE = "no_value", _("a value for the text is missing")
    NOT_CARRIED = "not_carried", _("the service does not carry such a message")
    STOPPED = "stopped", _("the campaign was stopped before")


class SendOutcome(models.TextChoices):
    WAITING = "waiting", _("waits")
    QUEUED = "queued", _("is being sent")
    SENT = "sent", _("sent")
    DELIVERED = "delivered", _("delivered")
    READ = "read", _("read")
    FAILED = "failed", _("not delivered")
    UNKNOWN = "unknown", _("unclear whether it arrived")
    SKIPPED = "skipped", _("skipped")


class WentAs(models.TextChoices):
    TEXT = "text", _("own text")
    TEMPLATE = "template", _("template")


# With these a person may have it sent once more.
AGAIN = (SendOutcome.FAILED, SendOutcome.UNKNOWN)
OUT = (SendOutcome.SENT, SendOutcome.DELIVERED, SendOutcome.READ)


class Campaign(DurableWork):
    """Its work is one round: hand a few messages over to delivery, then come back. At rest (a draft, paused,
    ended) there is nothing to do, and `state` is done.
    """

    tenant = models.ForeignKey(
        Tenant, models.CASCADE, related_name="campaigns", verbose_name=_("organisation")
    )
    name = models.CharField(
        pgettext_lazy("of a thing", "name"),
        max_length=100,
        help_text=_("For colleagues; clients don't see it."),
    )
    status = models.CharField(
        _("status"),
        max_length=8,
        choices=CampaignStatus.choices,
        default=CampaignStatus.DRAFT,
        editable=False,
    )
    channels = models.ManyToManyField(
        Channel,
        blank=True,
        related_name="campaigns",
        verbose_name=_("channels"),
        help_text=_("None chosen: each client is written to where they wrote last."),
    )
    text = models.TextField(_("text"), max_length=20_000, blank=True)
    # As `channels.OutgoingFile`; empty: none.
    file = models.JSONField(default=dict, blank=True, editable=False)
    # As `campaigns.templating.Carried`; empty: none.
    template = models.JSONField(default=dict, blank=True, editable=False)
    # As `campaigns.audience.Audience`.
    audience = models.JSONField(default=dict, blank=True, editable=False)
    is_advertising = models.BooleanField(
        _("this is advertising"),
        default=True,
        help_text=_(
            "Prices, discounts, new services: whatever makes people buy. Switch it off only for news that "
            "clients need: a part has arrived, you have moved."
        ),
    )
    skip_talking = models.BooleanField(
        _("leave out whom we are talking to"),
        default=True,
        help_text=_("Clients who wait for an answer, or whose appeal is open and was written in today."),
    )
    pace = models.PositiveIntegerField(
        _("messages a minute"),
        default=20,
        validators=[MinValueValidator(1), MaxValueValidator(300)],
        help_text=_("Services block those who send too fast. 20 is safe almost everywhere."),
    )
    quiet_from = models.TimeField(_("quiet from"), default=time(21))
    quiet_until = models.TimeField(
        _("quiet until"),
        default=time(9),
        help_text=_(
            "Nothing is sent in these hours, by the organisation's clock. The same twice: never quiet."
        ),
    )
    start_at = models.DateTimeField(
        _("start at"), null=True, blank=True, help_text=_("Empty: as soon as you confirm.")
    )
    pause_reason = models.CharField(max_length=16, choices=Pause.choices, default="", editable=False)
    start_problem = models.CharField(
        max_length=8, choices=StartProblem.choices, default="", blank=True, editable=False
    )
    created_by = models.ForeignKey(
        Member, models.SET_NULL, null=True, related_name="+", editable=False, verbose_name=_("created by")
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    started_by = models.ForeignKey(
        Member, models.SET_NULL, null=True, related_name="+", editable=False, verbose_name=_("started by")
    )
    # From then on its recipients are settled.
    started_at = models.DateTimeField(_("started"), null=True, editable=False)
    # What failed before it is no reason to pause again.
    resumed_at = models.DateTimeField(null=True, editable=False)
    ended_at = models.DateTimeField(_("ended"), null=True, editable=False)

    class Meta(DurableWork.Meta):
        abstract = False
        verbose_name = _("campaign")
        verbose_name_plural = _("campaigns")
        ordering = ("-created_at",)
        indexes = (
            *DurableWork.Meta.indexes,
            models.Index(fields=["tenant", "-created_at"], name="campaign_recent"),
        )

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("admin:appeals_campaign_page", args=[self.pk])


class Recipient(models.Model):
    """One person of a campaign: once, however many identities they have."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", verbose_name=_("organisation"))
    campaign = models.ForeignKey(
        Campaign, models.CASCADE, related_name="recipients", verbose_name=_("campaign")
    )
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="+", verbose_name=_("client"))
    conversation = models.ForeignKey(
        Conversation, models.SET_NULL, null=True, related_name="+", verbose_name=_("conversation")
    )
    outcome = models.CharField(
        _("outcome"), max_length=9, choices=SendOutcome.choices, default=SendOutcome.WAITING
    )
    # One of Skip, or the error code of the delivery that failed.
    reason = models.CharField(_("reason"), max_length=64, default="", blank=True)
    # The error's English sentence, translated where it is shown.
    detail = models.TextField(default="", blank=True)
    # What it went as: the campaign's own text, or the template.
    went_as = models.CharField(
        _("sent as"), max_length=8, choices=WentAs.choices, default="", blank=True, editable=False
    )
    # As how many messages it goes: a long text, or one beside its file, is several.
    parts = models.PositiveSmallIntegerField(default=0, editable=False)
    handed_at = models.DateTimeField(_("handed over"), null=True)

    class Meta:
        verbose_name = _("recipient")
        verbose_name_plural = _("recipients")
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(fields=["campaign", "contact"], name="recipient_once_per_campaign"),
        )
        indexes = (
            models.Index(fields=["campaign", "outcome", "id"], name="recipient_by_outcome"),
            models.Index(fields=["campaign", "-handed_at"], name="recipient_by_time"),
        )

    def __str__(self) -> str:
        return f"{self.campaign_id}: {self.contact_id}"
