"""An appeal's marks and cells on a page of their own, which is reached from beside its conversation."""

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from apps.appeals.desk.doors import at_desk
from apps.appeals.models import Appeal
from apps.callanalysis.admin.call_page.sections import MAIN, Section
from apps.callanalysis.admin.corrections import act
from apps.callanalysis.admin.judged import Judged, rows_of, scorecards_of, verdicts
from apps.callanalysis.models import Scorecard, TableRow
from apps.callanalysis.seeing import may_correct, seen_appeals
from apps.tenants.scope import Scope
from apps.tenants.scoped_pages import page

OTHERS = 20


@require_safe
@at_desk
def chat_page(request: HttpRequest, scope: Scope, pk: int, row: int) -> HttpResponse:
    appeal = _find(scope, pk, row)
    others = list(_judged_ones(scope, pk).exclude(pk=row)[: OTHERS + 1])
    return page(
        request,
        "callanalysis/chat.html",
        title=_("Marks of the appeal №%(number)d") % {"number": appeal.pk},
        appeal=appeal,
        phones=scope.phones,
        sections=_sections(scope, appeal),
        verdicts=verdicts(),
        others=others[:OTHERS],
        is_more=len(others) > OTHERS,
    )


@require_POST
@at_desk
def chat_act(request: HttpRequest, scope: Scope, pk: int, row: int, what: str, found: int) -> HttpResponse:
    appeal = _find(scope, pk, row)
    return act(request, appeal, what=what, pk=found, back=reverse("callanalysis_chat", args=[pk, row]))


def _find(scope: Scope, conversation: int, pk: int) -> Appeal:
    rows = seen_appeals(scope).select_related("contact", "channel__connection", "operator", "tenant")
    return get_object_or_404(rows, pk=pk, conversation=conversation)


def _judged_ones(scope: Scope, conversation: int) -> QuerySet[Appeal]:
    """Of the same conversation; the newest first."""
    cards = Scorecard.objects.filter(appeal=OuterRef("pk"))
    filled = TableRow.objects.filter(appeal=OuterRef("pk"))
    of_it = seen_appeals(scope).filter(conversation=conversation)
    return of_it.filter(Exists(cards) | Exists(filled)).order_by("-created_at", "-pk")


def _sections(scope: Scope, appeal: Appeal) -> list[Section]:
    shown: dict[str, Any] = {
        "subject": appeal,
        "may_correct": may_correct(scope, appeal),
        "phones": scope.phones,
    }
    kinds: tuple[tuple[str, str, list[Judged]], ...] = (
        ("checklists", _("Checklists"), scorecards_of(appeal)),
        ("tables", _("Tables"), rows_of(appeal)),
    )
    return [
        Section(
            key=key,
            title=title,
            template=f"callanalysis/{key}.html",
            context=shown | {"judged": found},
            place=MAIN,
        )
        for key, title, found in kinds
        if found
    ]
