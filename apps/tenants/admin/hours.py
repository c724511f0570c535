"""Working hours: the week as a grid, holidays, and what a client's message would mean under them."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.tenants.addresses import is_id
from apps.tenants.choosing import chosen_tenant, offer_tenants, picked
from apps.tenants.holidays import is_decreed
from apps.tenants.hours_forms import SpecialDayForm, WeekForm
from apps.tenants.models import SpecialDay, Tenant
from apps.tenants.scope import ADMIN_ONLY
from apps.tenants.scoped_pages import page, scoped_page
from apps.tenants.special_days import fill_year, remove_days, set_day


@scoped_page(roles=ADMIN_ONLY)
def hours(request: HttpRequest) -> HttpResponse:
    tenant = chosen_tenant(request)
    if tenant is None:
        return offer_tenants(request, title=_("Working hours of which organisation?"))
    act = request.POST.get("act", "")
    week = WeekForm(request.POST if act == "week" else None, tenant=tenant)
    day = SpecialDayForm(request.POST if act == "day" else None)
    if request.method == "POST" and _done(request, act, tenant, week, day):
        return redirect(reverse("admin:tenants_hours") + picked(request, tenant))
    today = timezone.localdate()
    days = SpecialDay.objects.filter(tenant=tenant, date__year__gte=today.year)
    return page(
        request,
        "tenants/hours.html",
        title=_("Working hours"),
        tenant=tenant,
        week=week,
        day=day,
        days=days,
        years=[{"year": year, "is_decreed": is_decreed(year)} for year in (today.year, today.year + 1)],
    )


def _done(request: HttpRequest, act: str, tenant: Tenant, week: WeekForm, day: SpecialDayForm) -> bool:
    """Whether it is done and told; else a form shows what is wrong."""
    match act:
        case "week":
            return week.is_valid() and _keep_week(request, tenant, week.cleaned_data["hours"])
        case "day":
            return day.is_valid() and _keep_day(request, tenant, day.cleaned_data)
        case "fill":
            return _fill(request, tenant, request.POST.get("year", ""))
        case "remove":
            ids = [pk for pk in request.POST.getlist("row") if is_id(pk)]
            gone = remove_days(tenant=tenant, ids=ids)
            text = ngettext("%(count)d day removed.", "%(count)d days removed.", gone) % {"count": gone}
            messages.success(request, text)
            return True
    return False


def _keep_week(request: HttpRequest, tenant: Tenant, found: dict[str, Any]) -> bool:
    if tenant.working_hours != found:
        tenant.working_hours = found
        tenant.save(update_fields=["working_hours"])
    messages.success(request, _("Saved. Deadlines of open appeals are reckoned anew within a minute or two."))
    return True


def _keep_day(request: HttpRequest, tenant: Tenant, found: dict[str, Any]) -> bool:
    set_day(tenant=tenant, day=found["date"], name=found["name"], hours=found["hours_text"])
    messages.success(request, _("Saved. Deadlines of open appeals are reckoned anew within a minute or two."))
    return True


def _fill(request: HttpRequest, tenant: Tenant, year: str) -> bool:
    this_year = timezone.localdate().year
    if year not in (str(this_year), str(this_year + 1)):
        return False
    count = fill_year(tenant=tenant, year=int(year))
    if count:
        text = ngettext("%(count)d day added.", "%(count)d days added.", count) % {"count": count}
        messages.success(request, text)
    else:
        messages.info(request, _("All holidays of that year are there already."))
    return True
