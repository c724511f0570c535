"""Devices that members want to be notified on, and each notification to one of them, as durable work."""

from django.conf import settings
from django.db import models
from django.db.models.functions import MD5
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from fcm_django.models import AbstractFCMDevice

from apps.core.models import DurableWork
from apps.integrations.models import Connection
from apps.tenants.models import Member, Tenant


class Device(AbstractFCMDevice):
    """One browser or phone of a member. Its token, `registration_id`, is of the connection's account at the
    service and not of the installation: a browser may serve two organisations, each with its own account.

    `device_id` is what it is known again by when its token has changed: the digest of a browser's address at
    its push service; what an app calls its phone, if it does. `date_created`: since when it is this member's,
    and reachable. Not `active`: the service knows it no more. The row stays, so that its owner sees why
    nothing comes.
    """

    id = models.BigAutoField(primary_key=True)
    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", verbose_name=_("organisation"))
    member = models.ForeignKey(
        Member, models.CASCADE, related_name="push_devices", verbose_name=_("employee")
    )
    # The member's own.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("user")
    )
    connection = models.ForeignKey(
        Connection, models.CASCADE, related_name="push_devices", verbose_name=_("connection")
    )
    registration_id = models.TextField(editable=False)
    date_created = models.DateTimeField(_("registered"), default=timezone.now)
    reached_at = models.DateTimeField(_("last notified"), null=True)

    class Meta:
        verbose_name = _("device")
        verbose_name_plural = _("devices")
        ordering = ("-date_created", "-id")
        constraints = (
            # A device whose user changes is the same, of another member from then on.
            models.UniqueConstraint(fields=["connection", "device_id"], name="push_device_once"),
            # By its digest: a token may be longer than an index takes.
            models.UniqueConstraint("connection", MD5("registration_id"), name="push_token_once"),
        )
        indexes = (
            models.Index(
                fields=["tenant", "member"], name="push_device_reachable", condition=models.Q(active=True)
            ),
        )

    @property
    def is_reachable(self) -> bool:
        """For rows that have their connection with them."""
        return bool(self.active and self.connection.is_active)


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
