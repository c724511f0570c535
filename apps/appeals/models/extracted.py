"""What the AI read out of messages and operators correct: devices, repairs, parts.

Each row's `evidence` keeps, for every field, what the AI said and which words of which message it rests on:
{"brand": {"value": "Apple", "message": 17, "start": 4, "end": 9}}; `message` is null where the value was
inferred and stands in no message. `corrections` keeps who changed a field: {"brand": {"by": 3, "at": ISO
time}}.
"""

from decimal import Decimal
from typing import ClassVar

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from apps.appeals.models.appeal import Appeal
from apps.tenants.models import Tenant


class Extracted(models.Model):
    # Which fields the AI fills and an operator may correct.
    FIELDS: ClassVar[tuple[str, ...]] = ()

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", verbose_name=_("organisation"))
    evidence = models.JSONField(default=dict, blank=True, editable=False)
    corrections = models.JSONField(default=dict, blank=True, editable=False)
    # An operator took it off the list; kept so that the AI does not bring it back.
    removed_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        abstract = True


class Device(Extracted):
    FIELDS = ("brand", "model")

    appeal = models.ForeignKey(Appeal, models.CASCADE, related_name="devices", verbose_name=_("appeal"))
    brand = models.CharField(_("brand"), max_length=100, default="", blank=True)
    model = models.CharField(_("model"), max_length=150, default="", blank=True)
    imei = models.CharField(_("IMEI or serial number"), max_length=40, default="", blank=True)

    class Meta:
        verbose_name = _("device")
        verbose_name_plural = _("devices")
        ordering = ("id",)
        indexes = (GinIndex(OpClass(Upper("model"), "gin_trgm_ops"), name="device_model_parts"),)

    def __str__(self) -> str:
        return f"{self.brand} {self.model}".strip() or str(_("Device"))


class Repair(Extracted):
    FIELDS = ("repair_type", "category", "description")

    device = models.ForeignKey(Device, models.CASCADE, related_name="repairs", verbose_name=_("device"))
    repair_type = models.CharField(_("repair"), max_length=200, default="", blank=True)
    category = models.CharField(_("category"), max_length=100, default="", blank=True)
    description = models.TextField(_("description"), default="", blank=True)
    price = models.DecimalField(
        _("price"),
        max_digits=12,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0))],
    )
    currency = models.CharField(_("currency"), max_length=3, default="RUB")

    class Meta:
        verbose_name = _("repair")
        verbose_name_plural = _("repairs")
        ordering = ("id",)

    def __str__(self) -> str:
        return self.repair_type or self.description[:50]


class Part(models.Model):
    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", verbose_name=_("organisation"))
    repair = models.ForeignKey(Repair, models.CASCADE, related_name="parts", verbose_name=_("repair"))
    name = models.CharField(_("name"), max_length=200)
    quantity = models.PositiveIntegerField(_("quantity"), default=1, validators=[MinValueValidator(1)])
    price = models.DecimalField(
        _("price"),
        max_digits=12,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0))],
    )
    currency = models.CharField(_("currency"), max_length=3, default="RUB")

    class Meta:
        verbose_name = _("part")
        verbose_name_plural = _("parts")
        ordering = ("id",)

    def __str__(self) -> str:
        return self.name
