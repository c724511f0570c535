"""Many clients are judged by a worker, not by the page: for a draft's preview, or for a start."""

import hashlib
import json
from collections.abc import Sequence
from datetime import timedelta
from functools import partial

from django.db import transaction
from django.utils import timezone, translation

from apps.appeals.campaigns import settling
from apps.appeals.campaigns.audience import MOST, chosen
from apps.appeals.campaigns.judging import Verdict
from apps.appeals.campaigns.pausing import held
from apps.appeals.campaigns.previewing import Preview, preview_of
from apps.appeals.models import Campaign, CampaignStatus, Counting
from apps.core.models import TROUBLED, UNSETTLED, State
from apps.core.work import Effect

# So few are judged while somebody waits for the page.
AT_ONCE = 500
# Deadlines pass and clients write: what was counted longer ago is counted anew.
FRESH = timedelta(minutes=5)
STEP = 500


def seen_of(campaign: Campaign, *, anew: bool = False) -> tuple[Preview | None, Counting | None]:
    """A draft's preview; and, of many clients, the work that makes it, which may be under way or broken."""
    found = chosen(campaign)
    ids = found.ids()
    if len(ids) <= AT_ONCE or len(ids) > MOST:
        return preview_of(campaign, found, ids), None
    row = Counting.objects.filter(campaign=campaign, asked=mark_of(campaign)).first()
    if anew or row is None or _is_old(row):
        row = _ask_for_draft(campaign, len(ids))
    return (Preview.of_json(row.result) if row.counted_at else None), row


def _is_old(row: Counting) -> bool:
    if row.state in UNSETTLED or row.state in TROUBLED:
        return False
    return row.counted_at is None or row.counted_at < timezone.now() - FRESH


@transaction.atomic
def _ask_for_draft(campaign: Campaign, total: int) -> Counting:
    """One that a colleague starts in this moment is being settled, and must not be asked anything else."""
    if held(campaign.pk).status != CampaignStatus.DRAFT:
        return Counting.objects.get(campaign=campaign)
    return ask(campaign, total=total)


def ask(campaign: Campaign, *, total: int, expected: int | None = None) -> Counting:
    """A worker that is still at what was asked before is fenced off."""
    row, _made = Counting.objects.update_or_create(
        campaign=campaign,
        defaults={
            "tenant_id": campaign.tenant_id,
            "asked": mark_of(campaign),
            "language": translation.get_language(),
            "expected": expected,
            "total": total,
            "judged": 0,
            "result": {},
            "counted_at": None,
            "state": State.QUEUED,
            "due_at": timezone.now(),
            "failures": 0,
            "rung_at": None,
            "lease_until": None,
            "error_code": "",
            "error_text": "",
        },
    )
    return row


def mark_of(campaign: Campaign) -> str:
    """The same for the same words to the same kind of clients."""
    kept = (campaign.text, campaign.file, campaign.template, campaign.audience)
    switches = (campaign.is_advertising, campaign.skip_talking)
    channels = sorted(campaign.channels.values_list("pk", flat=True))
    said = json.dumps([*kept, *switches, channels], sort_keys=True)
    return hashlib.blake2b(said.encode(), digest_size=16).hexdigest()


def run(row: Counting) -> Effect:
    """The work behind every counting. Nobody is held up by it: the campaign is locked only to be settled."""
    campaign = Campaign.objects.select_related("tenant").get(pk=row.campaign_id)
    mark = mark_of(campaign)
    told: list[settling.Told] = []

    def note(verdict: Verdict) -> None:
        told.append(settling.told(verdict))
        if len(told) % STEP == 0:
            ours = Counting.objects.filter(pk=row.pk, state=State.RUNNING, attempts=row.attempts)
            ours.update(judged=len(told))

    with translation.override(row.language):
        found = chosen(campaign)
        seen = preview_of(campaign, found, found.ids(), tell=note)
    if row.expected is None:
        return partial(_keep, row, mark, seen)
    return partial(_start, row, told)


def settled(row: Counting) -> None:
    """Our own error: whoever has confirmed the number is told, and confirms it again."""
    if row.state in TROUBLED and row.expected is not None:
        settling.give_up(row.campaign_id)


def _keep(row: Counting, mark: str, seen: Preview) -> None:
    """Of the draft as it was read, which may be a newer one than was asked about."""
    counted = {"asked": mark, "judged": seen.total, "total": seen.total, "result": seen.as_json()}
    Counting.objects.filter(pk=row.pk).update(counted_at=timezone.now(), **counted)


def _start(row: Counting, told: Sequence[settling.Told]) -> None:
    settling.settle(row.campaign_id, told, expected=row.expected or 0)
    Counting.objects.filter(pk=row.pk).update(judged=len(told), total=len(told))
