"""A leader differs from the AI, or asks it again, and comes back to where that stands on the page."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from apps.appeals.models import Appeal
from apps.callanalysis.admin.judged import VERDICTS
from apps.callanalysis.correcting import ReasonMissing, correct_cell, correct_mark
from apps.callanalysis.models import Call, Cell, Judgement, Mark, Scorecard, TableRow
from apps.callanalysis.redoing import analyse_again
from apps.callanalysis.seeing import may_correct
from apps.callanalysis.values import NotOfThisType
from apps.tenants.scope import scope_of


def act(request: HttpRequest, subject: Call | Appeal, *, what: str, pk: int, back: str) -> HttpResponse:
    """`what` is mark or cell, which are corrected, or scorecard or row, which are asked again. The caller has
    made sure that this visitor may see the talk; `back` is its page.
    """
    if not may_correct(scope_of(request), subject):
        raise PermissionDenied
    if what in ("mark", "cell"):
        _correct(request, subject, what, pk)
    elif what in ("scorecard", "row"):
        _ask_again(request, subject, what, pk)
    else:
        raise Http404
    return redirect(f"{back}#{what}{pk}")


def _correct(request: HttpRequest, subject: Call | Appeal, what: str, pk: int) -> None:
    if what == "mark" and request.POST.get("value") not in VERDICTS:
        raise BadRequest("no verdict")
    member = scope_of(request).member
    reason, said = request.POST.get("reason", ""), request.POST.get("value", "")
    try:
        if what == "cell":
            cell = get_object_or_404(Cell, pk=pk, **_within("row", subject))
            correct_cell(cell=cell, value=said, reason=reason, member=member)
        else:
            mark = get_object_or_404(Mark, pk=pk, **_within("scorecard", subject))
            correct_mark(mark=mark, verdict=VERDICTS[said], reason=reason, member=member)
    except ReasonMissing as error:
        messages.error(request, str(error.public))
    except NotOfThisType as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Saved. What the AI said is kept beside it."))


def _ask_again(request: HttpRequest, subject: Call | Appeal, what: str, pk: int) -> None:
    model: Any = Scorecard if what == "scorecard" else TableRow
    judgement: Judgement = get_object_or_404(model, pk=pk, **_within("", subject))
    if analyse_again(judgement):
        messages.success(request, _("The AI is asked again. What people have corrected stays."))
    else:
        messages.info(request, _("It is being analysed at this very moment."))


def _within(path: str, subject: Call | Appeal) -> dict[str, Any]:
    name = "call" if isinstance(subject, Call) else "appeal"
    return {f"{path}__{name}" if path else name: subject}
