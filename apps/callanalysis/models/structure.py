"""Who talks, and in which office: as the customer's own CRM tells it, by its own ids."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from simple_history.models import HistoricalRecords

from apps.tenants.models import Member, Tenant


class SalesManager(models.Model):
    """Somebody whose calls are analysed. Known by the CRM's id: the first call may come before any name."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", verbose_name=_("organisation"))
    external_id = models.CharField(_("id in the CRM"), max_length=200)
    surname = models.CharField(_("surname"), max_length=150, default="", blank=True)
    name = models.CharField(pgettext_lazy("of a person", "name"), max_length=150, default="", blank=True)
    middlename = models.CharField(_("middle name"), max_length=150, default="", blank=True)
    # Whose own pages these are: managers see their calls, leaders those of their offices.
    member = models.ForeignKey(
        Member,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="sales_managers",
        verbose_name=_("employee"),
        help_text=_("Who signs in here under this id: they see their own calls."),
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    history = HistoricalRecords()

    class Meta:
        verbose_name = pgettext_lazy("whose calls are analysed", "manager")
        verbose_name_plural = pgettext_lazy("whose calls are analysed", "managers")
        ordering = ("surname", "name", "external_id")
        constraints = (
            models.UniqueConstraint(fields=["tenant", "external_id"], name="sales_manager_once_per_tenant"),
        )

    def __str__(self) -> str:
        return " ".join(filter(None, (self.surname, self.name, self.middlename))) or self.external_id


class Office(models.Model):
    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", verbose_name=_("organisation"))
    external_id = models.CharField(_("id in the CRM"), max_length=200)
    title = models.CharField(_("title"), max_length=200)
    managers = models.ManyToManyField(
        SalesManager, related_name="offices", blank=True, verbose_name=_("managers")
    )
    leaders = models.ManyToManyField(
        SalesManager, related_name="led_offices", blank=True, verbose_name=_("leaders")
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("office")
        verbose_name_plural = _("offices")
        ordering = ("title", "external_id")
        constraints = (
            models.UniqueConstraint(fields=["tenant", "external_id"], name="office_once_per_tenant"),
        )

    def __str__(self) -> str:
        return self.title or self.external_id
