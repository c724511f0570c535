"""The page of one campaign: before the start what would happen, afterwards what happens."""

from datetime import timedelta
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse, StreamingHttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.timesince import timesince

from apps.appeals.accesses import took_file
from apps.appeals.admin.campaigns.doing import perform
from apps.appeals.admin.campaigns.template import offers
from apps.appeals.campaigns.audience import Audience
from apps.appeals.campaigns.exporting import csv_lines
from apps.appeals.campaigns.previewing import preview
from apps.appeals.campaigns.progress import (
    pause_title,
    progress_of,
    reason_title,
    time_needed,
    waits_until,
)
from apps.appeals.campaigns.running import quiet_until
from apps.appeals.campaigns.templating import carried_by, standing_of
from apps.appeals.models import Campaign, CampaignStatus, Conversation, SendOutcome, Skip
from apps.core.text import clean_name
from apps.tenants.models import Phones
from apps.tenants.scope import scope_of
from apps.tenants.scoped_pages import page

PER_PAGE = 50
# To try it out: whoever wrote last, and oneself among them.
TRY_ON = 50
LIVE = (CampaignStatus.SENDING, CampaignStatus.PAUSED)


def campaign_page(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    if campaign.status == CampaignStatus.DRAFT:
        return _draft(request, campaign)
    return page(
        request, "campaigns/campaign.html", title=campaign.name, **_context(request, campaign), is_live=True
    )


def live(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    """The changing parts, or 204 while what the browser shows (`stamp`) still holds."""
    context = _context(request, campaign)
    if campaign.status == CampaignStatus.DRAFT or request.GET.get("stamp") == context["progress"].stamp:
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
    scope = scope_of(request)
    if scope.phones == Phones.SHOWN:
        took_file(scope, tenant_id=campaign.tenant_id, about=campaign.name)
    answer = StreamingHttpResponse(csv_lines(campaign, scope.phones), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="campaign-{campaign.pk}.csv"'
    return answer


def _draft(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    seen = preview(campaign)
    now = timezone.now()
    needed = timesince(now - max(time_needed(campaign, seen.will), timedelta(minutes=1)), now)
    return page(
        request,
        "campaigns/draft.html",
        title=campaign.name,
        campaign=campaign,
        preview=seen,
        needed=needed,
        picked=len(Audience.of(campaign).picked) if Audience.of(campaign).by_list else 0,
        quiet_until=quiet_until(campaign, max(now, campaign.start_at or now)),
        try_on=_conversations(campaign),
        standing=standing_of(campaign),
        offers_template=offers(campaign),
        lacks_consent=Skip.NO_CONSENT in seen.skipped,
        template_page=reverse("admin:appeals_campaign_template", args=[campaign.pk]),
        consents=reverse("admin:appeals_contact_consents"),
        edit=reverse("admin:appeals_campaign_change", args=[campaign.pk]),
        delete=reverse("admin:appeals_campaign_delete", args=[campaign.pk]),
        act=reverse("admin:appeals_campaign_do", args=[campaign.pk]),
        phones=scope_of(request).phones,
    )


def _conversations(campaign: Campaign) -> list[Conversation]:
    rows = Conversation.objects.filter(tenant=campaign.tenant_id, last_inbound_at__isnull=False)
    channels = list(campaign.channels.values_list("pk", flat=True))
    if channels:
        rows = rows.filter(channel__in=channels)
    return list(rows.select_related("contact", "channel").order_by("-last_inbound_at")[:TRY_ON])


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
        "is_active": campaign.status in LIVE,
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
