"""Tables: questions of one's own to every call, each with the type of its answer, and the answers found."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from simple_history.models import HistoricalRecords

from apps.callanalysis.models.questionnaire import (
    Evidenced,
    Judgement,
    Questionnaire,
    Version,
    of_one_thing,
)
from apps.core.models import DurableWork


class ColumnType(models.TextChoices):
    TEXT = "text", _("text")
    NUMBER = "number", pgettext_lazy("type of a column", "number")
    MONEY = "money", _("money")
    DATE = "date", _("date")
    BOOL = "bool", _("yes or no")
    CHOICE = "choice", _("one of several")


class Table(Questionnaire):
    # Known to the customer's CRM, which asks for results by it.
    public_id = models.CharField(_("id of the table"), max_length=50)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("table of calls")
        verbose_name_plural = _("tables of calls")
        ordering = ("name", "pk")
        constraints = (models.UniqueConstraint(fields=["tenant", "public_id"], name="table_once_per_tenant"),)


class TableVersion(Version):
    """`items`: [{"name": …, "title": …, "type": "text", "question": …, "options": […]}]."""

    table = models.ForeignKey(Table, models.CASCADE, related_name="versions", verbose_name=_("table"))

    class Meta(Version.Meta):
        abstract = False
        verbose_name = _("version of a table")
        verbose_name_plural = _("versions of tables")
        constraints = (
            models.UniqueConstraint(fields=["table", "number"], name="table_version_once"),
            models.UniqueConstraint(fields=["table"], condition=Q(published_at=None), name="table_one_draft"),
        )


class TableRow(Judgement):
    table = models.ForeignKey(Table, models.PROTECT, related_name="rows", verbose_name=_("table"))
    version = models.ForeignKey(TableVersion, models.PROTECT, related_name="rows", verbose_name=_("version"))

    class Meta(Judgement.Meta):
        abstract = False
        verbose_name = _("row of a table")
        verbose_name_plural = _("rows of tables")
        constraints = (
            models.UniqueConstraint(fields=["call", "table"], name="table_row_once"),
            models.UniqueConstraint(fields=["appeal", "table"], name="table_row_of_appeal_once"),
            of_one_thing("table_row_of_one_thing"),
        )
        indexes = (
            *DurableWork.Meta.indexes,
            models.Index(fields=["tenant", "table", "call"], name="tablerow_of_table"),
        )

    def __str__(self) -> str:
        return f"{self.call_id or self.appeal_id} · {self.table_id}"


class CellStatus(models.TextChoices):
    FOUND = "found", _("found")
    ABSENT = "absent", _("not said")
    UNREADABLE = "unreadable", _("not of this type")
    NOT_PROVEN = "not_proven", _("not proven")


class Cell(Evidenced):
    """`said` is the AI's answer in its own words, `value` what it reads as, `human` a person's value."""

    row = models.ForeignKey(TableRow, models.CASCADE, related_name="cells", verbose_name=_("row"))
    name = models.CharField(_("key"), max_length=50)
    # The column as it was asked: another question wants another answer.
    column = models.JSONField(_("column"), default=dict)
    said = models.TextField(_("the AI's answer"), default="", blank=True)
    value = models.JSONField(_("value"), null=True, blank=True)
    status = models.CharField(_("status"), max_length=12, choices=CellStatus.choices)
    reason = models.TextField(_("reason"), default="", blank=True)
    human = models.JSONField(_("a person's value"), null=True, blank=True)

    class Meta:
        verbose_name = _("cell")
        verbose_name_plural = _("cells")
        ordering = ("row", "position")
        constraints = (models.UniqueConstraint(fields=["row", "name"], name="cell_once"),)

    def __str__(self) -> str:
        return self.name

    @property
    def standing(self) -> Any:
        """The value that holds: a person's, where one has judged."""
        return self.value if self.corrected_at is None else self.human
