"""The price list: what a work costs on which model, the words that mean the same, and imports of a file.

`identity`, `device_key` and `work_key` are what `appeals.prices.keys` makes of the four texts; whoever writes
the texts writes them too.
"""

from decimal import Decimal
from typing import ClassVar

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.models import DurableWork
from apps.tenants.models import Member, Tenant

CURRENCIES = ("RUB", "USD", "EUR", "KZT", "BYN", "UZS", "KGS", "AMD", "GEL", "UAH")


class PriceItem(models.Model):
    """One line. An empty model stands for all models of the brand, an empty brand for all devices."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="prices", verbose_name=_("organisation"))
    brand = models.CharField(_("brand"), max_length=100, default="", blank=True)
    model = models.CharField(
        _("model"),
        max_length=150,
        default="",
        blank=True,
        help_text=_("Empty: the price holds for all models of the brand."),
    )
    work = models.CharField(_("work"), max_length=200, default="", blank=True)
    part = models.CharField(_("part"), max_length=200, default="", blank=True)
    price = models.DecimalField(
        _("price"), max_digits=12, decimal_places=2, validators=[MinValueValidator(Decimal(0))]
    )
    price_to = models.DecimalField(
        _("price up to"),
        max_digits=12,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0))],
        help_text=_("For a range: “from … to …”."),
    )
    is_from = models.BooleanField(
        _("from this price"), default=False, help_text=_("The price is the lowest one: “from …”.")
    )
    currency = models.CharField(
        _("currency"), max_length=3, default="RUB", choices=[(code, code) for code in CURRENCIES]
    )
    warranty = models.CharField(
        _("guarantee"), max_length=100, default="", blank=True, help_text=_("For example: 90 days.")
    )
    duration = models.CharField(
        _("takes"), max_length=100, default="", blank=True, help_text=_("For example: 1 hour.")
    )
    is_active = models.BooleanField(_("in use"), default=True)
    updated_at = models.DateTimeField(_("changed"), default=timezone.now, editable=False)
    updated_by = models.ForeignKey(
        Member, models.SET_NULL, null=True, editable=False, related_name="+", verbose_name=_("changed by")
    )
    identity = models.CharField(max_length=64, editable=False)
    device_key = models.CharField(max_length=400, default="", editable=False)
    work_key = models.TextField(default="", editable=False)

    class Meta:
        verbose_name = _("price")
        verbose_name_plural = _("price list")
        ordering = ("brand", "model", "work", "part", "id")
        constraints = (
            models.UniqueConstraint(fields=["tenant", "identity"], name="price_once_per_tenant"),
            models.CheckConstraint(
                condition=~Q(work="", part=""),
                name="price_is_of_something",
                violation_error_message=_("Name the work or the part that the price is for."),
            ),
            models.CheckConstraint(
                condition=Q(price_to=None) | Q(price_to__gte=models.F("price")),
                name="price_range_goes_up",
                violation_error_message=_("The end of the range is below its beginning."),
            ),
        )
        indexes = (
            models.Index(
                fields=["tenant", "device_key"], condition=Q(is_active=True), name="price_by_device"
            ),
            models.Index(fields=["tenant", "brand", "model", "work", "part", "id"], name="price_in_order"),
            GinIndex(OpClass("device_key", "gin_trgm_ops"), name="price_device_parts"),
            GinIndex(OpClass("work_key", "gin_trgm_ops"), name="price_work_parts"),
        )

    def __str__(self) -> str:
        device = f"{self.brand} {self.model}".strip()
        return " · ".join(filter(None, (device, self.work, self.part)))


class PriceSynonym(models.Model):
    """Beside the built-in ones: `word` is read as `means`, in the list and in what is looked for."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", verbose_name=_("organisation"))
    word = models.CharField(_("is written"), max_length=60, help_text=_("One to three words."))
    means = models.CharField(_("means"), max_length=60)

    class Meta:
        verbose_name = _("synonym of the price list")
        verbose_name_plural = _("synonyms of the price list")
        ordering = ("word",)
        constraints = (models.UniqueConstraint(fields=["tenant", "word"], name="synonym_once_per_tenant"),)

    def __str__(self) -> str:
        return f"{self.word} → {self.means}"


class Stage(models.TextChoices):
    """Where an import stands."""

    PREVIEW = "preview", _("waits for your word")
    APPLYING = "applying", _("is being applied")
    APPLIED = "applied", _("applied")
    UNDOING = "undoing", _("is being undone")
    UNDONE = "undone", _("undone")


class PriceImport(DurableWork):
    """A file of prices: looked at first, then written as a whole, and undone as a whole.

    `cells` is the file row by row as texts, until it is applied; `columns` says which field each column is
    ("" for none). `expected` is the fingerprint of the preview that was confirmed. `undo` keeps, by identity,
    what each row was before (null for a new one).
    """

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", verbose_name=_("organisation"))
    member = models.ForeignKey(
        Member, models.SET_NULL, null=True, related_name="+", verbose_name=_("brought by")
    )
    stage = models.CharField(_("stage"), max_length=8, choices=Stage.choices, default=Stage.PREVIEW)
    file_name = models.CharField(_("file"), max_length=200)
    sheet = models.CharField(_("sheet"), max_length=200, default="", blank=True)
    other_sheets = models.PositiveIntegerField(default=0)
    cells = models.JSONField(default=list, blank=True)
    columns = models.JSONField(default=list, blank=True)
    header_rows = models.PositiveIntegerField(default=0)
    switch_off = models.BooleanField(_("switch off what is not in the file"), default=False)
    expected = models.CharField(max_length=64, default="", blank=True)
    note = models.CharField(max_length=40, default="", blank=True)
    counts = models.JSONField(default=dict, blank=True)
    undo = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    applied_at = models.DateTimeField(_("applied at"), null=True)

    WORKING: ClassVar[tuple[str, ...]] = (Stage.APPLYING, Stage.UNDOING)

    class Meta(DurableWork.Meta):
        abstract = False
        verbose_name = _("import of prices")
        verbose_name_plural = _("imports of prices")
        ordering = ("-id",)
        indexes = (
            *DurableWork.Meta.indexes,
            models.Index(fields=["tenant", "stage", "-applied_at"], name="price_import_last"),
        )

    def __str__(self) -> str:
        return self.file_name

    def get_absolute_url(self) -> str:
        return reverse("admin:appeals_priceitem_import_page", args=[self.pk])
