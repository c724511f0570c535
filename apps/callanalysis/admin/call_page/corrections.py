"""A leader corrects a mark or a cell on the call's page, and comes back to where it stands."""

from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.callanalysis.admin.call_page.judgements import may_correct
from apps.callanalysis.correcting import ReasonMissing, correct_cell, correct_mark
from apps.callanalysis.models import Call, Cell, Mark
from apps.callanalysis.values import NotOfThisType
from apps.tenants.scope import scope_of

VERDICTS = {"1": 1, "-1": -1, "": None}


def correct(request: HttpRequest, call: Call, *, what: str, pk: int) -> HttpResponse:
    """`what` is mark or cell; the caller has made sure that this visitor may see the call."""
    scope = scope_of(request)
    if not may_correct(scope, call):
        raise PermissionDenied
    if what == "mark" and request.POST.get("value") not in VERDICTS:
        raise BadRequest("no verdict")
    back = redirect(f"{reverse('admin:callanalysis_call_change', args=[call.pk])}#{what}{pk}")
    reason, said = request.POST.get("reason", ""), request.POST.get("value", "")
    try:
        if what == "cell":
            cell = get_object_or_404(Cell, pk=pk, row__call=call)
            correct_cell(cell=cell, value=said, reason=reason, member=scope.member)
        else:
            mark = get_object_or_404(Mark, pk=pk, scorecard__call=call)
            correct_mark(mark=mark, verdict=VERDICTS[said], reason=reason, member=scope.member)
    except ReasonMissing as error:
        messages.error(request, str(error.public))
    except NotOfThisType as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Saved. What the AI said is kept beside it."))
    return back
