"""A draft tried on the last calls: what it costs first, then who would move."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminIntegerFieldWidget

from apps.callanalysis import trying
from apps.callanalysis.admin.addresses import address
from apps.callanalysis.models import Trial
from apps.callanalysis.publishing import draft_of
from apps.tenants.scope import scope_of
from apps.tenants.scoped_admin import page

FEW = 50


class CountForm(forms.Form):
    count = forms.IntegerField(
        label=gettext_lazy("How many of the last calls"),
        min_value=1,
        max_value=trying.MOST_CALLS,
        initial=FEW,
        widget=UnfoldAdminIntegerFieldWidget(),
    )


def try_draft(request: HttpRequest, owner: Any) -> HttpResponse:
    draft = draft_of(owner)
    form = CountForm(request.POST if request.method == "POST" else None)
    count = form.cleaned_data["count"] if form.is_bound and form.is_valid() else FEW
    plan = trying.plan(version=draft, count=count) if draft else None
    if request.method == "POST" and form.is_valid() and "begin" in request.POST:
        return _begin(request, owner, draft, plan)
    trial = Trial.objects.filter(version__checklist=owner).order_by("-pk").first()
    return page(
        request,
        "checklists/trial.html",
        title=owner.name,
        owner=owner,
        draft=draft,
        form=form if form.is_bound else CountForm(),
        plan=plan,
        trial=trial,
        is_outdated=bool(trial and draft and trial.items != draft.items),
        progress=trying.progress(trial) if trial else None,
        moves=trying.moves(trial) if trial else [],
        questions_url=address(owner, "questions"),
    )


def _begin(request: HttpRequest, owner: Any, draft: Any, plan: Any) -> HttpResponse:
    if draft is None or not plan.scorecards:
        messages.warning(request, _("There is nothing to try: no draft, or no judged calls."))
    else:
        trying.begin(version=draft, plan=plan, user=scope_of(request).user)
        messages.success(request, _("The trial has begun. Look at this page again in a few minutes."))
    return redirect(address(owner, "trial"))
