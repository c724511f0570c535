"""How an organisation wants the orders of one CRM to come about and to be filled in."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.crm.contract import OrderStatus
from apps.integrations.models import Connection
from apps.tenants.models import Tenant


class OrderRules(models.Model):
    """How one CRM's orders come about. Appeals agreed before `since` are left to `backfill_orders`."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", verbose_name=_("organisation"))
    connection = models.OneToOneField(
        Connection, models.CASCADE, related_name="order_rules", verbose_name=_("CRM")
    )
    sends_itself = models.BooleanField(
        _("send agreed appeals by itself"),
        default=True,
        help_text=_("Every 15 minutes. Otherwise only by the button in the appeal."),
    )
    since = models.DateTimeField(_("agreed since"), default=timezone.now)

    class Meta:
        verbose_name = _("rules of orders")
        verbose_name_plural = _("rules of orders")

    def __str__(self) -> str:
        return str(self.connection)


class Owner(models.TextChoices):
    """Whose word counts where both sides have changed a field."""

    ASK = "", _("ask")
    OURS = "ours", _("ours")
    THEIRS = "theirs", _("the CRM's")


class FieldMapping(models.Model):
    """Where one field of the CRM's order comes from, instead of what the connector has it from."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", verbose_name=_("organisation"))
    connection = models.ForeignKey(
        Connection, models.CASCADE, related_name="order_fields", verbose_name=_("CRM")
    )
    field = models.CharField(_("field of the order"), max_length=60)
    # As in `crm.sourcing`; "text" is the text beside it, "nothing" leaves the field out.
    source = models.CharField(_("comes from"), max_length=80, default="", blank=True)
    text = models.CharField(_("text"), max_length=300, default="", blank=True)
    owner = models.CharField(
        _("when both sides change it"), max_length=6, choices=Owner.choices, default="", blank=True
    )

    class Meta:
        verbose_name = _("field of an order")
        verbose_name_plural = _("fields of orders")
        ordering = ("field",)
        constraints = (models.UniqueConstraint(fields=["connection", "field"], name="order_field_once"),)

    def __str__(self) -> str:
        return self.field


class StatusMapping(models.Model):
    """What a status of the CRM means, and what the client may be told then."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", verbose_name=_("organisation"))
    connection = models.ForeignKey(
        Connection, models.CASCADE, related_name="order_statuses", verbose_name=_("CRM")
    )
    remote = models.CharField(_("as the CRM calls it"), max_length=60)
    status = models.CharField(
        _("as we call it"), max_length=12, choices=OrderStatus.choices, default="", blank=True
    )
    message = models.TextField(
        _("message proposed to the operator"),
        default="",
        blank=True,
        max_length=1000,
        help_text=_("{number}, {device} and {name} are filled in. Nothing goes without the operator."),
    )

    class Meta:
        verbose_name = _("status of an order")
        verbose_name_plural = _("statuses of orders")
        ordering = ("remote",)
        constraints = (models.UniqueConstraint(fields=["connection", "remote"], name="order_status_once"),)

    def __str__(self) -> str:
        return self.remote
