"""Filters through which a figure of the report opens its calls, shown only where a link brought them."""

from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter

from apps.callanalysis.models import (
    Call,
    CallOutcome,
    Checklist,
    ChecklistVersion,
    Mark,
    MarkStatus,
    Scorecard,
    Transcript,
)
from apps.callanalysis.models.checklist import DONE, NOT_DONE
from apps.tenants.addresses import is_id
from apps.tenants.paths import within
from apps.tenants.scope import scope_of

ANY = "any"
NOT_JUDGED = Q(score=None)
UNPROVEN = Q(corrected_at=None, status=MarkStatus.NOT_PROVEN)
AGREED = Q(human=F("said")) | Q(human=None, said=None)
# Of marks, as the figures count them.
WHATS: dict[str, tuple[Any, Q]] = {
    "judged": (_("judged"), Q(score__in=(DONE, NOT_DONE))),
    "failed": (MarkStatus.FAILED.label, Q(score=NOT_DONE)),
    "not_proven": (MarkStatus.NOT_PROVEN.label, NOT_JUDGED & UNPROVEN),
    "cannot_judge": (MarkStatus.CANNOT_JUDGE.label, NOT_JUDGED & ~UNPROVEN),
    "checked": (_("checked by people"), Q(corrected_at__isnull=False)),
    "confirmed": (_("the AI's mark stayed"), Q(corrected_at__isnull=False) & AGREED),
    "changed": (_("people changed the mark"), Q(corrected_at__isnull=False) & ~AGREED),
}


def counted_scorecards() -> QuerySet[Scorecard]:
    """As the figures count them: of calls that are analysed, by what was found last."""
    return Scorecard.objects.filter(call=OuterRef("pk")).exclude(finished_at=None)


class _OfChecklist(DropdownFilter):
    """A checklist's id, or any."""

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        value = self.value() or ""
        if value == ANY:
            return [(ANY, _("by any checklist"))]
        if not is_id(value):
            return []
        found = within(Checklist.objects.filter(pk=int(value)), scope=scope_of(request))
        return [(str(one.pk), one.name) for one in found]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Call]) -> QuerySet[Call]:
        value = self.value() or ""
        cards = self.cards()
        if is_id(value):
            cards = cards.filter(checklist=int(value))
        elif value != ANY:
            return queryset
        return queryset.filter(Exists(cards), outcome=CallOutcome.ANALYSED)

    def cards(self) -> QuerySet[Scorecard]:
        return counted_scorecards().exclude(percentage=None)


class JudgedFilter(_OfChecklist):
    title = _("judged")
    parameter_name = "checklist"


class CriticalFilter(_OfChecklist):
    title = _("a critical stage failed")
    parameter_name = "critical"

    def cards(self) -> QuerySet[Scorecard]:
        return super().cards().filter(failed_critical=True)


class MarkFilter(DropdownFilter):
    """`12:failed:greeting`: of a checklist, how it stands with the mark of a stage."""

    title = _("criterion")
    parameter_name = "mark"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        found = _mark(self.value())
        if found is None:
            return []
        checklist, what, stage = found
        versions = within(ChecklistVersion.objects.filter(checklist=checklist), scope=scope_of(request))
        items = versions.exclude(published_at=None).order_by("number").values_list("items", flat=True)
        names = {one["id"]: one["name"] for asked in items for one in asked}
        return [(self.value() or "", f"{names.get(stage, stage)}: {WHATS[what][0]}")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Call]) -> QuerySet[Call]:
        found = _mark(self.value())
        if found is None:
            return queryset
        checklist, what, stage = found
        marks = Mark.objects.filter(WHATS[what][1], scorecard=OuterRef("pk"), stage_id=stage)
        cards = counted_scorecards().filter(Exists(marks), checklist=checklist)
        return queryset.filter(Exists(cards), outcome=CallOutcome.ANALYSED)


class KnownFilter(DropdownFilter):
    """Of which the seconds tell something."""

    title = _("known")
    parameter_name = "known"
    WHATS = {"talk": _("who talks"), "silence": _("when nobody talks")}

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        value = self.value() or ""
        return [(value, self.WHATS[value])] if value in self.WHATS else []

    def queryset(self, request: HttpRequest, queryset: QuerySet[Call]) -> QuerySet[Call]:
        told = Transcript.objects.filter(call=OuterRef("pk"))
        match self.value():
            case "talk":
                found = told.filter(figures__talk_ratio__isnull=False)
            case "silence":
                found = told.filter(figures__silence__isnull=False)
                queryset = queryset.filter(seconds__gt=0)
            case _:
                return queryset
        return queryset.filter(Exists(found), outcome=CallOutcome.ANALYSED)


def _mark(value: str | None) -> tuple[int, str, str] | None:
    checklist, _colon, rest = (value or "").partition(":")
    what, _colon, stage = rest.partition(":")
    return (int(checklist), what, stage) if is_id(checklist) and what in WHATS and stage else None
