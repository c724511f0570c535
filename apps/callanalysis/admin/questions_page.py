"""The page on which a checklist's stages or a table's columns are written: a draft until it is published."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from apps.callanalysis.admin.addresses import address
from apps.callanalysis.admin.question_forms import rows_of
from apps.callanalysis.models import Checklist
from apps.callanalysis.publishing import discard, draft_of, in_force, publish, save_draft
from apps.tenants.scope import scope_of
from apps.tenants.scoped_admin import page


def edit(request: HttpRequest, owner: Any) -> HttpResponse:
    draft, now = draft_of(owner), in_force(owner)
    if request.method == "POST" and "discard" in request.POST:
        return _discard(request, owner, draft)
    shown = draft or now
    rows = rows_of(owner, shown.items if shown else [], request.POST if request.method == "POST" else None)
    if request.method == "POST" and rows.is_valid():
        return _keep(request, owner, rows.items())
    return page(
        request,
        "checklists/questions.html",
        title=owner.name,
        owner=owner,
        rows=rows,
        draft=draft,
        now=now,
        is_checklist=isinstance(owner, Checklist),
        trial_url=address(owner, "trial") if isinstance(owner, Checklist) and now else "",
        back=address(owner, "change"),
    )


def _keep(request: HttpRequest, owner: Any, items: list[dict[str, Any]]) -> HttpResponse:
    draft = save_draft(owner=owner, items=items, user=scope_of(request).user)
    if draft is None:
        messages.info(request, _("Nothing differs from the version in force: there is no draft."))
    elif "publish" not in request.POST:
        messages.success(request, _("The draft is saved. Calls are asked by it once it is published."))
        return redirect(address(owner, "trial" if "try" in request.POST else "questions"))
    elif publish(version=draft):
        messages.success(request, _("Published: the next calls are asked by it."))
    else:
        messages.warning(request, _("Somebody else has published or discarded this draft meanwhile."))
    return redirect(address(owner, "change"))


def _discard(request: HttpRequest, owner: Any, draft: Any) -> HttpResponse:
    if draft is not None and discard(version=draft):
        messages.success(request, _("The draft is discarded."))
    return redirect(address(owner, "change"))
