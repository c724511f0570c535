"""What a client said about advertising: each word of theirs, kept as it was noted and never changed."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.appeals.models.contact import ConsentWay, Contact
from apps.tenants.models import Member, Tenant


class Consent(models.Model):
    """One row for each time consent was given or withdrawn; what is in force stands on the contact."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", verbose_name=_("organisation"))
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="consents", verbose_name=_("client"))
    is_given = models.BooleanField(_("consent given"))
    way = models.CharField(_("how it was said"), max_length=8, choices=ConsentWay.choices)
    at = models.DateTimeField(_("said on"))
    # Nobody where the client did it without us.
    by = models.ForeignKey(Member, models.SET_NULL, null=True, related_name="+", verbose_name=_("entered by"))
    note = models.CharField(_("note"), max_length=300, default="", blank=True)
    noted_at = models.DateTimeField(_("entered on"), default=timezone.now)

    class Meta:
        verbose_name = _("consent to advertising")
        verbose_name_plural = _("consents to advertising")
        ordering = ("-id",)
        indexes = (models.Index(fields=["tenant", "contact", "-id"], name="consent_of_contact"),)

    def __str__(self) -> str:
        return str(_("consent given") if self.is_given else _("consent taken back"))
