"""The page of targets: how soon clients are answered and matters settled, and what that would mean."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.appeals.admin.target_form import TargetForm
from apps.appeals.models import Target
from apps.appeals.sla.aiming import set_targets
from apps.appeals.sla.examples import Example, examples
from apps.channels.models import Channel
from apps.tenants.choosing import chosen_tenant, offer_tenants, picked
from apps.tenants.models import Tenant
from apps.tenants.schedules import schedule_of
from apps.tenants.scope import ADMIN_ONLY
from apps.tenants.scoped_pages import page, scoped_page
from apps.tenants.working_time import round_the_clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    channel: Channel | None
    form: TargetForm

    @property
    def is_general(self) -> bool:
        return self.channel is None


@scoped_page(roles=ADMIN_ONLY)
def targets(request: HttpRequest) -> HttpResponse:
    tenant = chosen_tenant(request)
    if tenant is None:
        return offer_tenants(request, title=_("Deadlines of which organisation?"))
    lines = _lines(request, tenant)
    if request.method == "POST":
        # Each is asked, so that each shows what is wrong with it.
        wrong = [line for line in lines if not line.form.is_valid()]
        if request.POST.get("act") == "preview":
            return render(request, "sla/examples.html", {"examples": _examples(tenant, lines[0].form)})
        if not wrong:
            _keep(tenant, lines)
            messages.success(request, _("Saved. The deadlines of what is open are being reckoned anew."))
            return redirect(reverse("admin:appeals_targets") + picked(request, tenant))
    return page(
        request,
        "sla/targets.html",
        title=_("Deadlines"),
        tenant=tenant,
        lines=lines,
        examples=_examples(tenant, lines[0].form),
        hours_url=reverse("admin:tenants_hours") + picked(request, tenant),
        has_targets=Target.objects.filter(tenant=tenant).exists(),
    )


def _lines(request: HttpRequest, tenant: Tenant) -> list[Line]:
    data = request.POST if request.method == "POST" else None
    known = {one.channel_id: one for one in Target.objects.filter(tenant=tenant)}
    general = Line(channel=None, form=TargetForm(data, target=known.get(None), prefix="all"))
    channels = Channel.objects.filter(tenant=tenant).select_related("connection").order_by("name", "pk")
    own = (TargetForm(data, target=known.get(one.pk), prefix=f"c{one.pk}") for one in channels)
    return [general, *(Line(channel=one, form=form) for one, form in zip(channels, own, strict=True))]


def _keep(tenant: Tenant, lines: Iterable[Line]) -> None:
    wanted = {
        line.channel.pk if line.channel else None: line.form.values(is_general=line.is_general)
        for line in lines
    }
    set_targets(tenant=tenant, wanted=wanted)


def _examples(tenant: Tenant, form: TargetForm) -> list[Example]:
    """Of the first answer, as it is typed or as it is kept."""
    found = form.cleaned_data if form.is_bound and form.is_valid() else form.initial
    minutes = found.get("first_answer_minutes")
    if not minutes or (form.is_bound and not form.is_valid()):
        return []
    schedule = schedule_of(tenant)
    if found.get("is_round_the_clock"):
        schedule = round_the_clock(schedule.zone)
    return examples(schedule, minutes=minutes, now=timezone.now())
