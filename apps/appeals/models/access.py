"""Who read a client's phone or heard a recording, and when: what an organisation is asked after a leak."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.appeals.models.contact import Contact
from apps.tenants.models import Member, Tenant


class AccessKind(models.TextChoices):
    PHONE = "phone", _("phone on a conversation's page")
    SHOWN = "shown", _("phone shown by a press")
    CARD = "card", _("phone on a client's card")
    LIST = "list", _("list of clients with phones")
    RECORDING = "recording", _("recording heard or downloaded")
    EXPORT = "export", _("file with phones")


class Access(models.Model):
    """Written by `accesses` alone, changed by nobody, swept after a year. It holds no phone itself."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", verbose_name=_("organisation"))
    # Whoever is no employee any more, or never was one, stays known by name.
    member = models.ForeignKey(
        Member, models.SET_NULL, null=True, related_name="+", verbose_name=_("employee")
    )
    who = models.CharField(_("employee"), max_length=150)
    kind = models.CharField(_("what was read"), max_length=9, choices=AccessKind.choices)
    contact = models.ForeignKey(
        Contact, models.SET_NULL, null=True, related_name="+", verbose_name=_("client")
    )
    about = models.CharField(_("details"), max_length=200, default="", blank=True)
    at = models.DateTimeField(_("when"), default=timezone.now)
    # What is told once a day or an hour, by whom and of what: the same again writes nothing. Null: each time.
    once = models.CharField(max_length=100, null=True, editable=False)  # noqa: DJ001 - unique but for null

    class Meta:
        verbose_name = _("reading of a client's data")
        verbose_name_plural = _("access log")
        ordering = ("-at", "-pk")
        constraints = (models.UniqueConstraint(fields=["tenant", "once"], name="access_once"),)
        indexes = (
            models.Index(fields=["tenant", "-at"], name="access_recent"),
            models.Index(fields=["at"], name="access_age"),
        )

    def __str__(self) -> str:
        return f"{self.who} · {self.get_kind_display()}"
