"""The work of a campaign: round after round a few messages, by the pace and outside quiet hours."""

from datetime import datetime, timedelta
from functools import partial
from math import ceil
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.appeals.campaigns import pausing
from apps.appeals.campaigns.handing import Handed, hand_over
from apps.appeals.models import Campaign, CampaignStatus, Pause, Recipient, SendOutcome
from apps.appeals.models.campaign import AGAIN, OUT
from apps.core.errors import RateLimited
from apps.core.models import State
from apps.core.work import Effect

# So many of one campaign stand in the way of an operator's answer at most.
IN_FLIGHT = 3
# One that is tried again later than this stands in nobody's way.
SOON = timedelta(seconds=5)
MINUTE = timedelta(minutes=1)
# Looked at in one round; most of them may be skipped.
BATCH = 50
LAST, MANY_FAILED = 50, 20
# Ends when the work is due again: after its time, or replayed by a person.
BY_ITSELF = (Pause.RATE_LIMITED, Pause.BROKEN)
# When all are handed over and the last are on their way.
BETWEEN_LOOKS = timedelta(seconds=5)


class Later(RateLimited):
    """The next round's time."""

    public = _("The campaign goes on by itself.")


def run(campaign: Campaign) -> Effect | None:
    """One round; None where a person, or an end, has taken the campaign out of the workers' hands."""
    if campaign.status == CampaignStatus.PAUSED and campaign.pause_reason in BY_ITSELF:
        if not _is_over(campaign):
            return None
    elif campaign.status != CampaignStatus.SENDING:
        return None
    if until := quiet_until(campaign, timezone.now()):
        with transaction.atomic():
            pausing.withdraw(pausing.held(campaign.pk))
        raise Later(code="quiet_hours", after=until - timezone.now())
    if _fails_too_often(campaign):
        pausing.pause(campaign=campaign, reason=Pause.FAILURES)
        return None
    return _round(campaign)


def settled(campaign: Campaign) -> None:
    """Our own error, or a worker that was lost again and again: a person decides."""
    if campaign.state in (State.FAILED, State.UNKNOWN):
        pausing.pause(campaign=campaign, reason=Pause.BROKEN)


def quiet_until(campaign: Campaign, now: datetime) -> datetime | None:
    """When the quiet hours end, by the organisation's clock; None while it is not quiet."""
    local = now.astimezone(ZoneInfo(campaign.tenant.timezone))
    start, end, clock = campaign.quiet_from, campaign.quiet_until, local.time()
    is_quiet = start <= clock < end if start <= end else clock >= start or clock < end
    if not is_quiet:
        return None
    day = local.date() + timedelta(days=1 if clock >= end else 0)
    return datetime.combine(day, end, tzinfo=local.tzinfo)


def interval_of(campaign: Campaign) -> timedelta:
    return max(timedelta(seconds=1), MINUTE / campaign.pace)


def _round(campaign: Campaign) -> Effect | None:
    stopped = _hand_out(campaign, _room(campaign))
    if stopped is not None and stopped.pause is not None:
        pausing.pause(campaign=campaign, reason=stopped.pause, until=stopped.until)
    # Rounds that went well make up for workers that were lost in earlier ones.
    campaign.failures = 0
    if stopped is not None and stopped.until is not None:
        raise Later(code="rate_limited", after=stopped.until - timezone.now())
    if stopped is not None:
        return None
    if _waiting(campaign).exists():
        raise Later(code="pace", after=interval_of(campaign))
    if _on_their_way(campaign).exists():
        raise Later(code="last_ones", after=BETWEEN_LOOKS)
    return partial(_finish, campaign)


def _hand_out(campaign: Campaign, room: int) -> Handed | None:
    """What made it stop, if anything did."""
    if room <= 0:
        return None
    for recipient_id in _waiting(campaign).order_by("pk").values_list("pk", flat=True)[:BATCH]:
        handed = hand_over(campaign=campaign, recipient_id=recipient_id)
        if handed.is_over or handed.pause is not None:
            return handed
        room -= handed.went
        if room <= 0:
            break
    return None


def _room(campaign: Campaign) -> int:
    """How many may go now. The last minute is told from the rows, so that a restart forgets nothing."""
    now = timezone.now()
    recent = Recipient.objects.filter(campaign=campaign, handed_at__gt=now - MINUTE).count()
    soon = Q(messages__delivery__state=State.RUNNING) | Q(
        messages__delivery__state=State.QUEUED, messages__delivery__due_at__lte=now + SOON
    )
    in_flight = _on_their_way(campaign).filter(soon).distinct().count()
    return min(campaign.pace - recent, ceil(campaign.pace / 60), IN_FLIGHT - in_flight)


def _waiting(campaign: Campaign) -> QuerySet[Recipient]:
    return Recipient.objects.filter(campaign=campaign, outcome=SendOutcome.WAITING)


def _on_their_way(campaign: Campaign) -> QuerySet[Recipient]:
    return Recipient.objects.filter(campaign=campaign, outcome=SendOutcome.QUEUED)


def _is_over(campaign: Campaign) -> bool:
    """False where a person has paused or stopped it meanwhile."""
    with transaction.atomic():
        row = pausing.held(campaign.pk)
        if row.pause_reason not in BY_ITSELF or row.status != CampaignStatus.PAUSED:
            return False
        row.status, row.pause_reason = CampaignStatus.SENDING, ""
        row.save(update_fields=["status", "pause_reason"])
    return True


def _fails_too_often(campaign: Campaign) -> bool:
    """Counted anew after a person has looked and resumed."""
    ended = Recipient.objects.filter(campaign=campaign, outcome__in=(*OUT, *AGAIN), handed_at__isnull=False)
    if campaign.resumed_at is not None:
        ended = ended.filter(handed_at__gte=campaign.resumed_at)
    last = ended.order_by("-handed_at").values_list("outcome", flat=True)[:LAST]
    return sum(outcome in AGAIN for outcome in last) >= MANY_FAILED


def _finish(campaign: Campaign) -> None:
    """In the transaction that makes the work done, where a retry may have come first."""
    if _waiting(campaign).exists():
        raise Later(code="pace", after=interval_of(campaign))
    rows = Campaign.objects.filter(pk=campaign.pk, status=CampaignStatus.SENDING)
    rows.update(status=CampaignStatus.FINISHED, ended_at=timezone.now())
