"""The page of a draft: what would happen, or how far its clients are counted."""

from datetime import timedelta

from django.http import (
    HttpRequest,
    HttpResponse,
    JsonResponse,
)
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.timesince import timesince

from apps.appeals.admin.campaigns.template import offers
from apps.appeals.campaigns import counting
from apps.appeals.campaigns.audience import Audience
from apps.appeals.campaigns.previewing import Preview
from apps.appeals.campaigns.progress import (
    time_needed,
)
from apps.appeals.campaigns.running import quiet_until
from apps.appeals.campaigns.templating import standing_of
from apps.appeals.models import Campaign, Conversation, Counting, Skip
from apps.core.models import TROUBLED, UNSETTLED
from apps.tenants.scope import scope_of
from apps.tenants.scoped_pages import page

# To try it out: whoever wrote last, and oneself among them.
TRY_ON = 50


def draft_live(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    """While its clients are counted, how far that is; else the page is another one by now."""
    row = Counting.objects.filter(campaign=campaign, state__in=UNSETTLED).first()
    if row is None:
        return JsonResponse({"reload": True})
    shown = render_to_string("campaigns/counting.html", {"counting": row}, request=request)
    return JsonResponse({"counting": shown})


def draft_page(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    preview, row = counting.seen_of(campaign)
    seen = preview or Preview()
    now = timezone.now()
    needed = timesince(now - max(time_needed(campaign, seen.will), timedelta(minutes=1)), now)
    return page(
        request,
        "campaigns/draft.html",
        title=campaign.name,
        campaign=campaign,
        preview=preview,
        counting=row,
        is_broken=row is not None and row.state in TROUBLED,
        needed=needed,
        picked=len(Audience.of(campaign).picked) if Audience.of(campaign).by_list else 0,
        quiet_until=quiet_until(campaign, max(now, campaign.start_at or now)),
        try_on=_conversations(campaign),
        standing=standing_of(campaign),
        offers_template=offers(campaign),
        lacks_consent=Skip.NO_CONSENT in seen.skipped,
        template_page=reverse("admin:appeals_campaign_template", args=[campaign.pk]),
        consents=reverse("admin:appeals_contact_consents"),
        list_file=reverse("admin:appeals_campaign_list_file", args=[campaign.pk]),
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
