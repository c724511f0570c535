"""The ledger: which phone or e-mail went where as which hash, when, on which consent, and when it left."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.ads.contract import Algorithm, Kind
from apps.ads.models.audience import Placement
from apps.ads.models.export import Export
from apps.appeals.models import Consent, ConsentWay, Contact
from apps.tenants.models import Tenant


class Left(models.TextChoices):
    """Why somebody was taken out, or is left out."""

    OPTED_OUT = "opted_out", _("took their consent back, or wants no advertising")
    NO_CONSENT = "no_consent", _("has not agreed to advertising")
    BOUGHT = "bought", _("has bought since")
    OPEN_APPEAL = "open_appeal", _("is being talked to")
    BAD_PHONE = "bad_phone", _("has no usable phone or e-mail")
    SAME = "same", _("has the phone of another client in the list")
    FILTER = "filter", _("no longer answers to the conditions")
    OFF = "off", _("the audience was taken off this account")
    DELETED = "deleted", _("the audience was deleted in the account")
    MOVED = "moved", _("the account speaks another API by now")


class Entry(models.Model):
    """One phone or e-mail in one segment. The value itself is not kept: `digest` is what was uploaded, or
    its SHA-256 where it went in the clear.

    It `waits` to be added in `added_by`, then is there from `sent_at` on (`confirmed_at`: the service has
    processed it); it leaves with `removed_by`, and `removed_at` is when the service had done that.

    `refusal` is the platform's own word for a request of it that was refused. What it refused to take
    (`refused_at`) is not there; it goes again only with another whole list. Without that moment the word is
    of some of those that went together, and nobody knows of which; or of the request to take it out.
    """

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", verbose_name=_("organisation"))
    placement = models.ForeignKey(
        Placement, models.CASCADE, related_name="entries", verbose_name=_("audience in an account")
    )
    # A client who is deleted leaves as well; the proof stays.
    contact = models.ForeignKey(
        Contact, models.SET_NULL, null=True, related_name="+", verbose_name=_("client")
    )
    kind = models.CharField(_("what"), max_length=5, choices=Kind.choices)
    algorithm = models.CharField(_("how it was sent"), max_length=6, choices=Algorithm.choices)
    digest = models.CharField(_("hash"), max_length=64)
    # As it stood when it was sent; where the organisation asks for no consent there is none.
    consent = models.ForeignKey(
        Consent, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("consent")
    )
    consent_at = models.DateTimeField(_("agreed on"), null=True)
    consent_way = models.CharField(
        _("how it was said"), max_length=8, choices=ConsentWay.choices, default="", blank=True
    )
    added_by = models.ForeignKey(
        Export, models.SET_NULL, null=True, related_name="additions", verbose_name=_("sent with")
    )
    waits = models.BooleanField(default=True, editable=False)
    sent_at = models.DateTimeField(_("sent"), null=True)
    confirmed_at = models.DateTimeField(_("processed there"), null=True)
    refused_at = models.DateTimeField(_("refused there"), null=True)
    refusal = models.CharField(_("why it was refused"), max_length=100, default="", blank=True)
    removed_by = models.ForeignKey(
        Export, models.SET_NULL, null=True, related_name="removals", verbose_name=_("taken out with")
    )
    leaves = models.BooleanField(default=False, editable=False)
    left = models.CharField(_("why it left"), max_length=11, choices=Left.choices, default="", blank=True)
    removed_at = models.DateTimeField(_("taken out"), null=True)

    class Meta:
        verbose_name = _("client in an audience")
        verbose_name_plural = _("clients in audiences")
        ordering = ("-id",)
        constraints = (
            # One that left may come again, as another row.
            models.UniqueConstraint(
                fields=["placement", "kind", "digest"],
                condition=models.Q(removed_at=None),
                name="in_audience_once",
            ),
        )
        indexes = (
            models.Index(fields=["tenant", "-id"], name="audience_entry_recent"),
            models.Index(fields=["contact", "-id"], name="audience_entry_of_contact"),
            models.Index(fields=["added_by"], condition=models.Q(waits=True), name="audience_entry_waits"),
            models.Index(
                fields=["removed_by"], condition=models.Q(leaves=True), name="audience_entry_leaves"
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.digest[:12]}…"
