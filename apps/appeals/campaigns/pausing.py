"""A campaign stands still, goes on, or ends: at once. What is with the vendor already stays."""

from collections.abc import Iterable
from datetime import datetime

import structlog
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from apps.appeals.campaigns.noting import note_recipient
from apps.appeals.models import Campaign, CampaignStatus, Message, Pause, Recipient, SendOutcome, Skip
from apps.appeals.models.campaign import AGAIN
from apps.appeals.people import touch
from apps.channels.contract import Reached
from apps.channels.models import Attempt, Delivery
from apps.core.errors import OutcomeUnknown, Rejected
from apps.core.models import State

log = structlog.get_logger(__name__)

ACTIVE = (CampaignStatus.STARTING, CampaignStatus.SENDING, CampaignStatus.PAUSED)
GOES_ON = (CampaignStatus.STARTING, CampaignStatus.SENDING)
MOVED_ON = _("The campaign has moved on meanwhile. Look at its state.")


def held(campaign_id: int) -> Campaign:
    """As it is now, and nobody else's until the transaction ends."""
    return Campaign.objects.select_for_update(of=("self",)).get(pk=campaign_id)


def pause(*, campaign: Campaign, reason: Pause = Pause.PERSON, until: datetime | None = None) -> bool:
    """With `until` it goes on by itself then. False where it was not being sent out any more.

    A person's word stands: neither a limit that ends nor a later reason changes it.
    """
    with transaction.atomic():
        row = held(campaign.pk)
        by_person = reason == Pause.PERSON and row.status == CampaignStatus.PAUSED
        if row.status not in GOES_ON and not by_person:
            return False
        row.status, row.pause_reason = CampaignStatus.PAUSED, reason
        changed = ["status", "pause_reason"]
        if until is None and row.state == State.QUEUED:
            row.state = State.DONE
            changed.append("state")
        row.save(update_fields=changed)
        withdraw(campaign)
    log.info("campaign.paused", campaign=campaign.pk, reason=reason)
    return True


def resume(*, campaign: Campaign) -> None:
    """Raises Rejected where there is nothing to resume."""
    with transaction.atomic():
        row = held(campaign.pk)
        if row.status != CampaignStatus.PAUSED:
            raise Rejected(MOVED_ON, code="moved_on")
        go_on(row)
    log.info("campaign.resumed", campaign=campaign.pk)


def go_on(row: Campaign) -> None:
    """By whichever worker is free: one that still has it in hand is fenced off. Call with it held."""
    if row.started_at is None:
        # Paused before its recipients were settled: rounds begin once they are.
        row.status, row.pause_reason = CampaignStatus.STARTING, ""
        row.save(update_fields=["status", "pause_reason"])
        return
    now = timezone.now()
    row.status, row.pause_reason, row.resumed_at, row.ended_at = CampaignStatus.SENDING, "", now, None
    row.state, row.due_at, row.failures, row.rung_at, row.lease_until = State.QUEUED, now, 0, None, None
    row.error_code = row.error_text = ""
    row.save()


def stop(*, campaign: Campaign) -> None:
    """For good: whoever has not got it is left out. Raises Rejected where it had ended."""
    with transaction.atomic():
        row = held(campaign.pk)
        if row.status not in ACTIVE:
            raise Rejected(MOVED_ON, code="moved_on")
        row.status, row.pause_reason, row.ended_at = CampaignStatus.STOPPED, "", timezone.now()
        if row.state == State.QUEUED:
            row.state = State.DONE
        row.save(update_fields=["status", "pause_reason", "ended_at", "state"])
        withdraw(campaign)
        waiting = Recipient.objects.filter(campaign=campaign, outcome=SendOutcome.WAITING)
        for recipient in waiting.filter(messages__isnull=False).distinct():
            Recipient.objects.filter(pk=recipient.pk).update(outcome=SendOutcome.QUEUED)
            note_recipient(recipient.pk)
        waiting.update(outcome=SendOutcome.SKIPPED, reason=Skip.STOPPED, detail="")
    log.info("campaign.stopped", campaign=campaign.pk)


def retry(*, campaign: Campaign, outcomes: Iterable[SendOutcome]) -> int:
    """Those whom it did not reach wait again; an ended campaign goes on with them. Returns how many."""
    with transaction.atomic():
        row = held(campaign.pk)
        if row.status in (CampaignStatus.DRAFT, CampaignStatus.STOPPED):
            raise Rejected(MOVED_ON, code="moved_on")
        wanted = [outcome for outcome in outcomes if outcome in AGAIN]
        rows = Recipient.objects.filter(campaign=campaign, outcome__in=wanted)
        count = rows.update(outcome=SendOutcome.WAITING, reason="", detail="")
        if count and row.status == CampaignStatus.FINISHED:
            go_on(row)
    return count


def withdraw(campaign: Campaign) -> None:
    """What waits to be sent waits for its turn again; what a worker takes at this moment is left to it.

    Call with the campaign held.
    """
    queued = Delivery.objects.filter(message__recipient__campaign=campaign, state=State.QUEUED)
    free = queued.exclude(reached__in=(Reached.SENT, Reached.DELIVERED, Reached.READ)).order_by("pk")
    for delivery in free.select_for_update(skip_locked=True, of=("self",)):
        message = Message.objects.get(delivery=delivery)
        recipients = Recipient.objects.filter(messages=message)
        touch(message.conversation_id)
        if _may_have_arrived(delivery):
            delivery.state, delivery.error_code = State.UNKNOWN, OutcomeUnknown.code
            with translation.override("en"):
                delivery.error_text = str(OutcomeUnknown.public)
            delivery.save(update_fields=["state", "error_code", "error_text"])
            recipients.update(
                outcome=SendOutcome.UNKNOWN, reason=delivery.error_code, detail=delivery.error_text
            )
        else:
            recipients.update(outcome=SendOutcome.WAITING, reason="", detail="")
            message.delete()
            delivery.delete()


def _may_have_arrived(delivery: Delivery) -> bool:
    """A person sent it again after a try of which nobody knows what became."""
    return Attempt.objects.filter(delivery=delivery, outcome__in=("", OutcomeUnknown.code)).exists()
