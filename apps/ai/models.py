"""Prompts with their versions, and every call to a model with what it cost."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from apps.integrations.models import Connection
from apps.tenants.models import Tenant


class Purpose(models.TextChoices):
    """What a model is asked for. Each has a prompt of its own that a tenant may change."""

    EXTRACTION = "extraction", _("reading messages")
    DRAFT = "draft", _("draft reply")
    DICTATION = "dictation", _("dictated reply")


# What calls are made for besides: nobody writes a prompt for these.
TRANSCRIPTION = "transcription"
CHECKLIST = "checklist"
TABLE = "table"
UNWRITTEN = (
    (TRANSCRIPTION, _("transcription")),
    (CHECKLIST, _("checklist of a call")),
    (TABLE, _("table of calls")),
)


class PromptVersion(models.Model):
    """A tenant's own wording. The newest is in force; none means the built-in one. Rows are never changed."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="prompts", verbose_name=_("organisation"))
    purpose = models.CharField(_("purpose"), max_length=20, choices=Purpose.choices)
    number = models.PositiveIntegerField(_("version"), editable=False)
    text = models.TextField(_("text"))
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, verbose_name=_("created by")
    )

    class Meta:
        verbose_name = _("prompt version")
        verbose_name_plural = _("prompts")
        ordering = ("purpose", "-number")
        constraints = (
            models.UniqueConstraint(fields=["tenant", "purpose", "number"], name="prompt_version_once"),
        )

    def __str__(self) -> str:
        return f"{capfirst(self.get_purpose_display())} №{self.number}"


class ModelCall(models.Model):
    """One request to a model; `cost_usd` is reckoned from the prices at the time of the call."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", verbose_name=_("organisation"))
    connection = models.ForeignKey(
        Connection, models.SET_NULL, null=True, related_name="+", verbose_name=_("connection")
    )
    purpose = models.CharField(_("purpose"), max_length=20, choices=[*Purpose.choices, *UNWRITTEN])
    prompt_number = models.PositiveIntegerField(_("prompt version"), default=0)
    model = models.CharField(_("model"), max_length=100)
    at = models.DateTimeField(_("at"), default=timezone.now)
    milliseconds = models.PositiveIntegerField(_("time, ms"))
    input_tokens = models.PositiveIntegerField(_("tokens in"), default=0)
    output_tokens = models.PositiveIntegerField(_("tokens out"), default=0)
    cost_usd = models.DecimalField(_("cost, USD"), max_digits=12, decimal_places=6, default=0)
    outcome = models.CharField(_("outcome"), max_length=64)
    request_id = models.CharField(_("request id"), max_length=200, default="", blank=True)

    class Meta:
        verbose_name = _("AI call")
        verbose_name_plural = _("AI calls")
        ordering = ("-at",)
        indexes = (models.Index(fields=["tenant", "-at"], name="modelcall_recent"),)

    def __str__(self) -> str:
        return f"{self.model} {self.at:%Y-%m-%d %H:%M}"
