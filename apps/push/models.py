"""Devices that members want to be notified on, and each notification to one of them, as durable work."""

import hashlib

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.core.models import DurableWork
from apps.integrations.models import Connection
from apps.tenants.models import Member, Tenant


class Platform(models.TextChoices):
    WEB = "web", _("browser")
    ANDROID = "android", "Android"


def digest_of(known_by: str) -> str:
    return hashlib.sha256(known_by.encode()).hexdigest()


class Device(models.Model):
    """One browser or phone of a member. The token belongs to the service's account: to the connection.

    `gone_at`: the service knows it no more. The row stays, so that its owner sees why nothing comes.
    """

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", verbose_name=_("organisation"))
    member = models.ForeignKey(
        Member, models.CASCADE, related_name="push_devices", verbose_name=_("employee")
    )
    connection = models.ForeignKey(
        Connection, models.CASCADE, related_name="push_devices", verbose_name=_("connection")
    )
    platform = models.CharField(_("kind"), max_length=8, choices=Platform.choices)
    name = models.CharField(pgettext_lazy("of a thing", "name"), max_length=100)
    token = models.TextField(editable=False)
    # Of what it is known again by: a browser's address at its push service, a phone's token.
    digest = models.CharField(max_length=64, editable=False)
    since = models.DateTimeField(_("registered"), default=timezone.now)
    reached_at = models.DateTimeField(_("last notified"), null=True)
    gone_at = models.DateTimeField(_("gone since"), null=True)

    class Meta:
        verbose_name = _("device")
        verbose_name_plural = _("devices")
        ordering = ("-since", "-id")
        constraints = (
            # A browser whose user changes is the same device, of another member from then on.
            models.UniqueConstraint(fields=["connection", "digest"], name="push_device_once"),
        )
        indexes = (
            models.Index(
                fields=["tenant", "member"], name="push_device_reachable", condition=models.Q(gone_at=None)
            ),
        )

    def __str__(self) -> str:
        return self.name


class Outcome(models.TextChoices):
    WAITING = "", _("not sent yet")
    SENT = "sent", _("sent")
    GONE = "gone", _("the device is gone")
    LATE = "late", _("too old to be sent")
    OFF = "off", _("the connection was cut")


class Push(DurableWork):
    """One notification to one device. `key` names what it tells of: it goes to a device once.

    `kind` and `thread` (what later ones of the kind replace it by) are words of whoever has it sent.
    """

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", verbose_name=_("organisation"))
    device = models.ForeignKey(Device, models.CASCADE, related_name="pushes", verbose_name=_("device"))
    key = models.CharField(max_length=120, editable=False)
    kind = models.CharField(max_length=20, editable=False)
    thread = models.CharField(max_length=40, editable=False)
    title = models.CharField(_("title"), max_length=200)
    body = models.TextField(_("text"), default="", blank=True)
    data = models.JSONField(default=dict, editable=False)
    link = models.CharField(max_length=500, default="", editable=False)
    sounds = models.BooleanField(default=False, editable=False)
    outcome = models.CharField(
        _("outcome"), max_length=4, choices=Outcome.choices, default=Outcome.WAITING, blank=True
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    expires_at = models.DateTimeField(_("of use until"))

    class Meta(DurableWork.Meta):
        abstract = False
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        constraints = (models.UniqueConstraint(fields=["device", "key"], name="push_once_per_device"),)
        indexes = (
            *DurableWork.Meta.indexes,
            models.Index(fields=["created_at"], name="push_by_age"),
        )

    def __str__(self) -> str:
        return self.key
