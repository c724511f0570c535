"""Receivers of outgoing webhooks, what was sent to them, and each try."""

import secrets

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from simple_history.models import HistoricalRecords

from apps.core.fields import EncryptedJSONField
from apps.core.models import DurableWork
from apps.tenants.models import Tenant


def new_message_id() -> str:
    return f"msg_{secrets.token_hex(12)}"


class Disabled(models.TextChoices):
    """Why nothing is sent there."""

    BY_HAND = "by_hand", _("switched off by hand")
    GONE = "gone", _("the receiver answered 410: it wants nothing any more")
    FAILING = "failing", _("it took nothing for three days")


class WebhookEndpoint(models.Model):
    """A receiver. Its address is fixed from the first try on, which a trigger of the database holds.

    `secrets` is {"current": "whsec_…", "former": [{"value": "whsec_…", "until": ISO moment}]}.
    """

    tenant = models.ForeignKey(
        Tenant, models.CASCADE, related_name="webhook_endpoints", verbose_name=_("organisation")
    )
    key = models.SlugField(_("key"), max_length=50, help_text=_("Its name in files and addresses."))
    name = models.CharField(pgettext_lazy("of a thing", "name"), max_length=100)
    url = models.CharField(_("address"), max_length=2000)
    secrets = EncryptedJSONField(default=dict, blank=True, editable=False)
    is_active = models.BooleanField(_("switched on"), default=True, editable=False)
    disabled_at = models.DateTimeField(_("switched off at"), null=True, editable=False)
    disabled_because = models.CharField(
        _("why it is off"), max_length=8, choices=Disabled.choices, default="", blank=True, editable=False
    )
    # The first try of anything but a test.
    used_at = models.DateTimeField(_("first used"), null=True, editable=False)
    # It asked for it, by Retry-After.
    paused_until = models.DateTimeField(_("paused until"), null=True, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    history = HistoricalRecords(excluded_fields=["secrets", "used_at", "paused_until"])

    class Meta:
        verbose_name = _("webhook endpoint")
        verbose_name_plural = _("webhook endpoints")
        ordering = ("name", "id")
        constraints = (models.UniqueConstraint(fields=["tenant", "key"], name="webhook_endpoint_key_once"),)

    def __str__(self) -> str:
        return self.name


class WebhookDelivery(DurableWork):
    """One thing told to one receiver. `body` is, in UTF-8, what every try sends, byte for byte."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", verbose_name=_("organisation"))
    endpoint = models.ForeignKey(
        WebhookEndpoint, models.CASCADE, related_name="deliveries", verbose_name=_("endpoint")
    )
    # The header `webhook-id` of every try: receivers tell repetitions by it.
    message_id = models.CharField(
        _("webhook id"), max_length=40, unique=True, default=new_message_id, editable=False
    )
    kind = models.CharField(_("event"), max_length=64, editable=False)
    # What it is about, by the id its receiver knows it under: a call's.
    subject = models.CharField(_("about"), max_length=200, default="", blank=True, editable=False)
    body = models.TextField(_("body"), editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    delivered_at = models.DateTimeField(_("delivered"), null=True, editable=False)

    class Meta(DurableWork.Meta):
        abstract = False
        verbose_name = _("webhook delivery")
        verbose_name_plural = _("webhook deliveries")
        ordering = ("-created_at", "-id")
        indexes = (
            *DurableWork.Meta.indexes,
            models.Index(fields=["tenant", "-created_at", "-id"], name="webhook_recent"),
            models.Index(fields=["endpoint", "-created_at", "-id"], name="webhook_of_endpoint"),
            models.Index(fields=["tenant", "subject"], name="webhook_of_subject"),
            models.Index(fields=["created_at"], name="webhook_by_age"),
        )

    def __str__(self) -> str:
        return self.message_id


class WebhookAttempt(models.Model):
    """One try, noted before it leaves: without `finished_at` nobody knows what became of it."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", verbose_name=_("organisation"))
    delivery = models.ForeignKey(
        WebhookDelivery, models.CASCADE, related_name="tries", verbose_name=_("delivery")
    )
    number = models.PositiveIntegerField(_("number"))
    at = models.DateTimeField(_("at"), default=timezone.now)
    finished_at = models.DateTimeField(_("finished"), null=True)
    status = models.PositiveSmallIntegerField(_("answer"), null=True)
    milliseconds = models.PositiveIntegerField(_("time, ms"), null=True)
    # The beginning of what it answered.
    answer = models.TextField(_("answer's text"), default="", blank=True)
    error_code = models.CharField(_("error code"), max_length=64, default="", blank=True)

    class Meta:
        verbose_name = _("try of a webhook")
        verbose_name_plural = _("tries of webhooks")
        ordering = ("delivery", "number")
        constraints = (
            models.UniqueConstraint(fields=["delivery", "number"], name="webhook_try_once_per_number"),
        )

    def __str__(self) -> str:
        return f"{self.delivery_id}/{self.number}"
