"""A connection that carries conversations."""

import secrets
from datetime import timedelta

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from simple_history.models import HistoricalRecords

from apps.integrations.models import Connection
from apps.tenants.models import MOST_UNDO_SECONDS, Tenant


def new_public_id() -> str:
    """Unguessable: it is part of the webhook's address."""
    return secrets.token_urlsafe(18)


class Channel(models.Model):
    tenant = models.ForeignKey(
        Tenant, models.CASCADE, related_name="channels", verbose_name=_("organisation")
    )
    connection = models.OneToOneField(
        Connection, models.CASCADE, related_name="channel", verbose_name=_("connection")
    )
    key = models.SlugField(_("key"), max_length=50)
    name = models.CharField(pgettext_lazy("of a thing", "name"), max_length=100)
    public_id = models.CharField(
        _("public id"), max_length=40, unique=True, default=new_public_id, editable=False
    )
    # What a webhook on the shared address names: the vendor's word for the account, a digest of the secret.
    account = models.CharField(max_length=200, default="", blank=True, editable=False)
    secret_digest = models.CharField(max_length=64, default="", blank=True, editable=False)
    batch_window_seconds = models.PositiveIntegerField(
        _("message window, seconds"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(600)],
        help_text=_("Empty: the organisation's."),
    )
    undo_seconds = models.PositiveSmallIntegerField(
        _("time to undo an answer, seconds"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(MOST_UNDO_SECONDS)],
        help_text=_("Empty: the organisation's. 0: an answer goes at once."),
    )
    silence_muted_until = models.DateField(
        _("silence is expected until"),
        null=True,
        blank=True,
        help_text=_(
            "This day included: no alarm is raised. For holidays, or while an advertisement is paused."
        ),
    )
    is_active = models.BooleanField(_("takes messages"), default=True)
    shows_reading = models.BooleanField(
        _("shows that we have read"),
        default=True,
        help_text=_("The client sees in the messenger that an operator has read their message."),
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    history = HistoricalRecords(excluded_fields=["secret_digest"])

    class Meta:
        verbose_name = _("channel")
        verbose_name_plural = _("channels")
        ordering = ("name",)
        constraints = (models.UniqueConstraint(fields=["tenant", "key"], name="channel_key_once"),)
        indexes = (
            models.Index(fields=["account"], condition=~models.Q(account=""), name="channel_account"),
            models.Index(
                fields=["secret_digest"], condition=~models.Q(secret_digest=""), name="channel_secret"
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def window_seconds(self) -> int:
        return self.batch_window_seconds or self.tenant.batch_window_seconds

    @property
    def undo_for(self) -> timedelta:
        """How long an answer waits before it goes, so that it can be taken back."""
        own = self.undo_seconds
        return timedelta(seconds=self.tenant.undo_seconds if own is None else own)
