"""How far a campaign has got: counts by outcome and reason, and what it waits for."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext

from apps.appeals.campaigns.running import interval_of
from apps.appeals.models import Campaign, CampaignStatus, Counting, Pause, Recipient, SendOutcome, Skip
from apps.appeals.models.campaign import AGAIN, OUT
from apps.core.models import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    counts: dict[str, int]
    reasons: list[tuple[str, str, int]]
    # Left out by the stop alone.
    cut_off: int
    # Held up by the template alone.
    without_template: int
    stamp: str
    # While its recipients are being settled.
    counting: Counting | None = None

    @property
    def total(self) -> int:
        """Of those who are to get it, or were until it was stopped."""
        return self.cut_off + sum(n for outcome, n in self.counts.items() if outcome != SendOutcome.SKIPPED)

    @property
    def out(self) -> int:
        return sum(self.counts.get(outcome, 0) for outcome in OUT)

    @property
    def ended(self) -> int:
        return self.out + sum(self.counts.get(outcome, 0) for outcome in AGAIN)

    @property
    def percent(self) -> int:
        return 100 * self.ended // self.total if self.total else 0

    @property
    def failed(self) -> int:
        return self.counts.get(SendOutcome.FAILED, 0)

    @property
    def unknown(self) -> int:
        return self.counts.get(SendOutcome.UNKNOWN, 0)

    @property
    def lines(self) -> list[tuple[str, str, int]]:
        """Outcomes that occur, in the order of their steps."""
        return [(one.value, str(one.label), self.counts[one]) for one in SendOutcome if self.counts.get(one)]


def progress_of(campaign: Campaign) -> Progress:
    rows = list(
        Recipient.objects.filter(campaign=campaign)
        .values_list("outcome", "reason", "detail")
        .annotate(n=Count("pk"))
    )
    counts: dict[str, int] = {}
    reasons: dict[tuple[str, str], int] = {}
    for outcome, reason, detail, n in rows:
        counts[outcome] = counts.get(outcome, 0) + n
        if reason:
            title = said(reason, detail)
            reasons[outcome, title] = reasons.get((outcome, title), 0) + n
    listed = [(str(SendOutcome(outcome).label), title, n) for (outcome, title), n in reasons.items()]
    counting = None
    if campaign.started_at is None and campaign.status != CampaignStatus.STOPPED:
        counting = Counting.objects.filter(campaign=campaign).first()
    return Progress(
        counting=counting,
        counts=counts,
        cut_off=sum(n for _outcome, reason, _detail, n in rows if reason == Skip.STOPPED),
        without_template=sum(
            n
            for outcome, reason, _detail, n in rows
            if (outcome, reason) == (SendOutcome.FAILED, Skip.TEMPLATE_GONE)
        ),
        reasons=sorted(listed, key=lambda one: -one[2]),
        stamp=_stamp(campaign, rows, counting.judged if counting else 0),
    )


def reason_title(recipient: Recipient) -> str:
    return said(recipient.reason, recipient.detail)


def said(reason: str, detail: str) -> str:
    """In the reader's language: a skip by its word, a failure by its sentence."""
    if reason in Skip.values:
        return str(Skip(reason).label)
    return gettext(detail) if detail else reason


def pause_title(campaign: Campaign) -> str:
    if campaign.status != CampaignStatus.PAUSED or campaign.pause_reason not in Pause.values:
        return ""
    return str(Pause(campaign.pause_reason).label)


def waits_until(campaign: Campaign) -> datetime | None:
    """The moment at which it goes on by itself, where that is not within the next rounds."""
    is_asleep = campaign.state == State.QUEUED and campaign.due_at > timezone.now() + interval_of(campaign)
    return campaign.due_at if is_asleep and campaign.error_code not in ("pace", "last_ones") else None


def time_needed(campaign: Campaign, count: int) -> timedelta:
    return timedelta(minutes=count / campaign.pace)


def _stamp(campaign: Campaign, rows: list[Any], judged: int) -> str:
    asleep = waits_until(campaign)
    seen = f"{campaign.status} {campaign.pause_reason} {asleep} {judged} {sorted(map(str, rows))}"
    return hashlib.blake2b(seen.encode(), digest_size=8).hexdigest()
