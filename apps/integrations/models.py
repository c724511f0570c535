"""A tenant's connections to outside services, and the log of every request through them."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from simple_history.models import HistoricalRecords

from apps.core.fields import EncryptedJSONField
from apps.integrations.webhooks.models import Disabled, WebhookAttempt, WebhookDelivery, WebhookEndpoint
from apps.tenants.models import Tenant

__all__ = [
    "AccessToken",
    "ActionLog",
    "Connection",
    "Disabled",
    "Health",
    "Upkeep",
    "WebhookAttempt",
    "WebhookDelivery",
    "WebhookEndpoint",
]


class Health(models.TextChoices):
    """What the last check or the last real call said."""

    PENDING = "pending", _("not checked yet")
    OK = "ok", _("works")
    ERROR = "error", _("error")
    NEEDS_RECONNECT = "needs_reconnect", _("reconnect it")
    MISCONFIGURED = "misconfigured", _("wrong settings")


class Connection(models.Model):
    """A tenant's use of a connector. `config` and `secrets` are two halves of the connector's `Config`."""

    tenant = models.ForeignKey(
        Tenant, models.CASCADE, related_name="connections", verbose_name=_("organisation")
    )
    key = models.SlugField(_("key"), max_length=50, help_text=_("Its name in files and addresses."))
    connector = models.CharField(_("integration"), max_length=50)
    name = models.CharField(pgettext_lazy("of a thing", "name"), max_length=100)
    config = models.JSONField(_("settings"), default=dict, blank=True)
    secrets = EncryptedJSONField(default=dict, blank=True, editable=False)
    is_active = models.BooleanField(_("connected"), default=True)
    health = models.CharField(_("state"), max_length=16, choices=Health.choices, default=Health.PENDING)
    error_code = models.CharField(_("error code"), max_length=64, default="", blank=True)
    error_text = models.TextField(_("error"), default="", blank=True)
    # What the last check would have a person know, each in every language: [{"ru": …, "en": …}].
    warnings = models.JSONField(default=list, blank=True, editable=False)
    # What the service told of itself then: [{"label": {"ru": …, "en": …}, "value": …}].
    facts = models.JSONField(default=list, blank=True, editable=False)
    account = models.CharField(_("account"), max_length=200, default="", blank=True)
    api_shape = models.CharField(max_length=20, default="", blank=True, editable=False)
    checked_at = models.DateTimeField(_("last check"), null=True, blank=True)
    paused_until = models.DateTimeField(_("paused until"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)
    history = HistoricalRecords(
        # What people set is kept, what the service said is not; `updated_at` only tells which settings a
        # check was of.
        excluded_fields=[
            "secrets",
            "health",
            "error_code",
            "error_text",
            "account",
            "warnings",
            "facts",
            "api_shape",
            "checked_at",
            "paused_until",
            "updated_at",
        ]
    )

    class Meta:
        verbose_name = _("connection")
        verbose_name_plural = _("connections")
        ordering = ("connector", "name")
        constraints = (models.UniqueConstraint(fields=["tenant", "key"], name="connection_key_once"),)

    def __str__(self) -> str:
        return self.name

    @property
    def is_paused(self) -> bool:
        return self.paused_until is not None and self.paused_until > timezone.now()


class AccessToken(models.Model):
    """The token that a service gave to this connection for a while; `integrations.tokens` alone uses it.

    `settings` is a digest of the settings it was got with. Whoever asks for the next one is its `holder`
    until `lease_until`.
    """

    connection = models.OneToOneField(Connection, models.CASCADE, related_name="+")
    # {"token": …, "refresh": …}
    value = EncryptedJSONField(default=dict, blank=True, editable=False)
    expires_at = models.DateTimeField(null=True)
    settings = models.CharField(max_length=64, default="")
    holder = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.connection_id)


class Upkeep(models.Model):
    """When a connection is tended next, and what the last time said; `integrations.upkeep` alone writes it.

    Whoever tends it is its `holder`; `due_at` is then the end of the lease. Made anew with every change of
    settings.
    """

    connection = models.OneToOneField(Connection, models.CASCADE, related_name="upkeep")
    due_at = models.DateTimeField(default=timezone.now, db_index=True)
    holder = models.UUIDField(null=True)
    # The last time that it went through.
    done_at = models.DateTimeField(null=True)
    failing_since = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)
    error_text = models.TextField(default="", blank=True)
    # Each in every language: [{"ru": …, "en": …}].
    warnings = models.JSONField(default=list, blank=True)
    warned_at = models.DateTimeField(null=True)
    # {"ru": …, "en": …}; between `intact_at` and `mended_at` it was not in order.
    mended = models.JSONField(default=dict, blank=True)
    mended_at = models.DateTimeField(null=True)
    intact_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.connection_id)


class ActionLog(models.Model):
    """One request that left through a connection. Never holds a secret, a query string or a body."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", verbose_name=_("organisation"))
    connection = models.ForeignKey(
        Connection, models.CASCADE, related_name="actions", verbose_name=_("connection"), null=True
    )
    at = models.DateTimeField(_("at"), default=timezone.now)
    method = models.CharField(_("method"), max_length=8)
    host = models.CharField(_("host"), max_length=200)
    path = models.CharField(_("path"), max_length=300)
    status = models.PositiveSmallIntegerField(_("answer"), null=True)
    milliseconds = models.PositiveIntegerField(_("time, ms"))
    error_code = models.CharField(_("error code"), max_length=64, default="", blank=True)

    class Meta:
        verbose_name = _("logged action")
        verbose_name_plural = _("action log")
        ordering = ("-at",)
        indexes = (
            models.Index(fields=["tenant", "-at"], name="actionlog_recent"),
            models.Index(fields=["connection", "-at"], name="actionlog_by_connection"),
        )

    def __str__(self) -> str:
        return f"{self.method} {self.host}{self.path}"
