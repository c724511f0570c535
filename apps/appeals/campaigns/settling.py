"""The recipients of a confirmed campaign are written down: all of them in one transaction, or none."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import structlog
from django.utils import timezone

from apps.appeals.campaigns.judging import Verdict
from apps.appeals.campaigns.pausing import held
from apps.appeals.models import Campaign, CampaignStatus, Recipient, SendOutcome, StartProblem
from apps.core.models import State

log = structlog.get_logger(__name__)

AT_ONCE = 1000
# Confirmed, and its recipients are not settled yet.
BEING_STARTED = (CampaignStatus.STARTING, CampaignStatus.PAUSED)


@dataclass(frozen=True, slots=True)
class Told:
    """What a recipient's row keeps of a verdict, for many thousands of them are held at once."""

    contact_id: int
    conversation_id: int | None
    reason: str


def told(verdict: Verdict) -> Told:
    conversation = verdict.conversation
    return Told(verdict.contact.pk, conversation.pk if conversation else None, verdict.reason)


def settle(campaign_id: int, found: Sequence[Told], *, expected: int) -> None:
    """Only the number that was confirmed is started; another one makes it a draft again. Whoever stopped the
    campaign meanwhile is obeyed, and a pause lasts. Call in a transaction.
    """
    row = held(campaign_id)
    if not _is_being_started(row):
        return
    count = sum(not one.reason for one in found)
    if count != expected:
        _back_to_draft(row, StartProblem.CHANGED)
        return
    keep(row, found)
    set_off(row)
    log.info("campaign.started", campaign=row.pk, recipients=count)


def give_up(campaign_id: int) -> None:
    row = held(campaign_id)
    if _is_being_started(row):
        _back_to_draft(row, StartProblem.BROKEN)


def keep(campaign: Campaign, found: Iterable[Told]) -> int:
    """A thousand at a time, so that memory holds no more. Returns how many are to be written to."""
    count, left = 0, iter(found)
    while some := list(islice(left, AT_ONCE)):
        Recipient.objects.bulk_create(_rows(campaign, some))
        count += sum(not one.reason for one in some)
    return count


def set_off(row: Campaign) -> None:
    """From now on rounds go, unless it was paused before it could begin. Call with it held."""
    now = timezone.now()
    row.started_at, row.start_problem = now, ""
    if row.status != CampaignStatus.PAUSED:
        row.status, row.state = CampaignStatus.SENDING, State.QUEUED
        row.due_at, row.attempts = max(now, row.start_at or now), row.attempts + 1
    row.save()


def _is_being_started(row: Campaign) -> bool:
    return row.status in BEING_STARTED and row.started_at is None


def _back_to_draft(row: Campaign, problem: StartProblem) -> None:
    row.status, row.start_problem, row.pause_reason = CampaignStatus.DRAFT, problem, ""
    row.started_by = None
    row.save(update_fields=["status", "start_problem", "pause_reason", "started_by"])
    log.info("campaign.not_started", campaign=row.pk, problem=problem)


def _rows(campaign: Campaign, found: Iterable[Told]) -> Iterator[Recipient]:
    for one in found:
        yield Recipient(
            tenant_id=campaign.tenant_id,
            campaign=campaign,
            contact_id=one.contact_id,
            conversation_id=one.conversation_id,
            outcome=SendOutcome.SKIPPED if one.reason else SendOutcome.WAITING,
            reason=one.reason,
        )
