"""The page on which a draft gets its clients from a file: brought, looked through, taken."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.appeals.admin.prices.pages import UploadForm
from apps.appeals.campaigns import bringing
from apps.appeals.campaigns.audience import MOST
from apps.appeals.campaigns.looking import look_through
from apps.appeals.models import Campaign, CampaignStatus, ClientList
from apps.core.errors import Rejected
from apps.core.text import clean_name
from apps.tenants.addresses import is_id
from apps.tenants.scoped_pages import page

MOST_SHOWN = 200


def bring(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    if campaign.status != CampaignStatus.DRAFT:
        return redirect(campaign)
    if request.method == "POST":
        act = ACTS.get(request.POST.get("act", ""))
        if act is None:
            raise Http404
        try:
            return act(request, campaign)
        except Rejected as error:
            messages.error(request, str(error.public))
            return _here(campaign)
    brought = ClientList.objects.filter(campaign=campaign).first()
    shown = _shown(brought) if brought is not None else {"form": UploadForm()}
    return page(
        request,
        "campaigns/list_file.html",
        title=_("Clients from a file"),
        campaign=campaign,
        brought=brought,
        most_rows=MOST,
        most_bytes=bringing.MOST_BYTES,
        back=campaign.get_absolute_url(),
        **shown,
    )


def _shown(brought: ClientList) -> dict[str, Any]:
    found = look_through(brought)
    return {
        "columns": list(bringing.columns_of(brought)),
        "found": found,
        "problems": found.problems[:MOST_SHOWN],
        "rest": max(0, len(found.problems) - MOST_SHOWN),
    }


def _upload(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    file = request.FILES.get("file")
    if file is None:
        raise Rejected(_("Choose a file."), code="no_file")
    if file.size is None or file.size > bringing.MOST_BYTES:
        raise Rejected(bringing.TOO_BIG, code="too_big")
    bringing.begin(campaign=campaign, name=clean_name(file.name or ""), content=file.read())
    return _here(campaign)


def _set_column(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    column, above = request.POST.get("column", ""), request.POST.get("header_rows", "")
    bringing.set_column(
        brought=_brought(campaign),
        column=int(column) if column.isascii() and column.isdecimal() and len(column) < 4 else None,
        header_rows=int(above) if is_id(above) and len(above) < 6 else 0,
    )
    return _here(campaign)


def _take(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    bringing.take(brought=_brought(campaign))
    return redirect(campaign)


def _forget(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    bringing.forget(brought=_brought(campaign))
    return redirect(campaign)


def _brought(campaign: Campaign) -> ClientList:
    return get_object_or_404(ClientList, campaign=campaign)


def _here(campaign: Campaign) -> HttpResponse:
    return redirect(reverse("admin:appeals_campaign_list_file", args=[campaign.pk]))


ACTS: dict[str, Callable[[HttpRequest, Campaign], HttpResponse]] = {
    "upload": _upload,
    "column": _set_column,
    "take": _take,
    "forget": _forget,
}
