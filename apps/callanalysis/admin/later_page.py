"""Past calls analysed by what is asked now: which and at what price first, then on a second press."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import INPUT_CLASSES, UnfoldBooleanWidget

from apps.callanalysis import backfilling
from apps.callanalysis.admin.addresses import address
from apps.callanalysis.models import Backfill, Checklist
from apps.tenants.scope import scope_of
from apps.tenants.scoped_admin import page

MOST_SHOWN = 10


def _day() -> forms.DateInput:
    """The browser's own calendar, which wants ISO dates."""
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": " ".join(INPUT_CLASSES)})


class DaysForm(forms.Form):
    since = forms.DateField(label=gettext_lazy("From"), widget=_day())
    until = forms.DateField(label=gettext_lazy("Until"), widget=_day())
    is_announced = forms.BooleanField(
        label=gettext_lazy("Send the results to the webhook"),
        required=False,
        widget=UnfoldBooleanWidget(),
        help_text=gettext_lazy("As if these calls had been analysed today."),
    )

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if "since" in found and "until" in found and found["since"] > found["until"]:
            self.add_error("until", _("This is before the beginning."))
        return found


def analyse(request: HttpRequest, owner: Any) -> HttpResponse:
    today = timezone.localdate()
    form = DaysForm(
        request.POST if request.method == "POST" else None,
        initial={"since": today - timedelta(days=30), "until": today},
    )
    plan, is_published = None, True
    if request.method == "POST" and form.is_valid():
        found = form.cleaned_data
        try:
            plan = backfilling.plan(owner=owner, since=found["since"], until=found["until"])
        except backfilling.NothingInForce:
            is_published = False
        if plan is not None and plan.calls and "begin" in request.POST:
            return _begin(request, owner, plan, is_announced=found["is_announced"])
    mine = {"checklist" if isinstance(owner, Checklist) else "table": owner}
    done = Backfill.objects.filter(**mine).select_related("created_by")[:MOST_SHOWN]
    return page(
        request,
        "checklists/later.html",
        title=owner.name,
        owner=owner,
        form=form,
        plan=plan,
        is_published=is_published and owner.versions.exclude(published_at=None).exists(),
        most=backfilling.MOST_CALLS,
        done=[(one, backfilling.progress(one)) for one in done],
        back=address(owner, "change"),
    )


def _begin(request: HttpRequest, owner: Any, plan: Any, *, is_announced: bool) -> HttpResponse:
    backfilling.begin(owner=owner, chosen=plan, is_announced=is_announced, user=scope_of(request).user)
    messages.success(request, _("It has begun: the calls are analysed one after the other."))
    return redirect(address(owner, "later"))
