"""The page of one campaign: before the start what would happen, afterwards what happens."""

from typing import Any

from django.core.paginator import Paginator
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    JsonResponse,
    StreamingHttpResponse,
)
from django.template.loader import render_to_string
from django.urls import reverse

from apps.appeals.accesses import took_file
from apps.appeals.admin.campaigns.doing import perform
from apps.appeals.admin.campaigns.draft import draft_live, draft_page
from apps.appeals.campaigns.exporting import csv_lines, xlsx_file
from apps.appeals.campaigns.pausing import ACTIVE
from apps.appeals.campaigns.progress import (
    pause_title,
    progress_of,
    reason_title,
    waits_until,
)
from apps.appeals.campaigns.templating import carried_by
from apps.appeals.models import Campaign, CampaignStatus, SendOutcome
from apps.core.spreadsheets import CSV, XLSX
from apps.core.text import clean_name
from apps.tenants.models import Phones
from apps.tenants.scope import scope_of
from apps.tenants.scoped_pages import page

PER_PAGE = 50


def campaign_page(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    if campaign.status == CampaignStatus.DRAFT:
        return draft_page(request, campaign)
    return page(
        request, "campaigns/campaign.html", title=campaign.name, **_context(request, campaign), is_live=True
    )


def live(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    """The changing parts, or 204 while what the browser shows (`stamp`) still holds."""
    if campaign.status == CampaignStatus.DRAFT:
        return draft_live(request, campaign)
    context = _context(request, campaign)
    if request.GET.get("stamp") == context["progress"].stamp:
        return HttpResponse(status=204)
    parts = ("actions", "progress", "recipients")
    return JsonResponse(
        {
            "stamp": context["progress"].stamp,
            **{part: render_to_string(f"campaigns/{part}.html", context, request=request) for part in parts},
        }
    )


def do(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    return perform(request, campaign)


def export(request: HttpRequest, campaign: Campaign) -> HttpResponse | StreamingHttpResponse:
    if request.method != "GET":
        return HttpResponseNotAllowed(["GET"])
    form, scope = request.GET.get("form", "csv"), scope_of(request)
    if form == "xlsx":
        answer: HttpResponse | StreamingHttpResponse = HttpResponse(
            xlsx_file(campaign, scope.phones), content_type=XLSX
        )
    elif form == "csv":
        answer = StreamingHttpResponse(csv_lines(campaign, scope.phones), content_type=CSV)
    else:
        raise Http404
    if scope.phones == Phones.SHOWN:
        took_file(scope, tenant_id=campaign.tenant_id, about=campaign.name)
    answer["Content-Disposition"] = f'attachment; filename="campaign-{campaign.pk}.{form}"'
    return answer


def _context(request: HttpRequest, campaign: Campaign) -> dict[str, Any]:
    # Before the rows: what changes while they are read is then found by the next look.
    progress = progress_of(campaign)
    outcome = request.GET.get("outcome", "")
    outcome = outcome if outcome in SendOutcome.values else ""
    query = clean_name(request.GET.get("q", ""))
    shown = Paginator(_recipients(campaign, outcome, query), PER_PAGE).get_page(request.GET.get("page"))
    return {
        "campaign": campaign,
        "carried": carried_by(campaign),
        "progress": progress,
        "pause": pause_title(campaign),
        "waits_until": waits_until(campaign),
        "is_active": campaign.status in ACTIVE,
        "counting": progress.counting,
        "shown": shown,
        "rows": [(row, reason_title(row)) for row in shown],
        "outcome": outcome,
        "query": query,
        "act": reverse("admin:appeals_campaign_do", args=[campaign.pk]),
        "phones": scope_of(request).phones,
    }


def _recipients(campaign: Campaign, outcome: str, query: str) -> Any:
    rows = campaign.recipients.select_related("contact", "conversation__channel").order_by("pk")
    if outcome:
        rows = rows.filter(outcome=outcome)
    return rows.filter(contact__name__icontains=query) if query else rows
