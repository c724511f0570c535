"""One recipient's message is handed over to delivery: once, whatever is killed in between."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from apps.appeals.answering import part_key, show_file
from apps.appeals.beginning import conversation_with
from apps.appeals.campaigns.facts import facts_of
from apps.appeals.campaigns.judging import Verdict, judge_first, judge_in, with_last_words
from apps.appeals.models import (
    Author,
    Campaign,
    CampaignStatus,
    Conversation,
    Message,
    Pause,
    Recipient,
    SendOutcome,
    Skip,
    WentAs,
)
from apps.appeals.people import locked, touch
from apps.channels.contract import FilledTemplate, OutgoingFile
from apps.channels.delivery import queue_delivery, resend
from apps.channels.gate import off
from apps.channels.models import Channel, Delivery
from apps.core.errors import Rejected
from apps.core.models import TROUBLED

# Of the keys that deliveries of campaigns bear.
NAMESPACE = uuid.UUID("6f0e2a1c-3a57-4f0e-9d0b-5f1d3c9c7a11")


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """`is_over`: it is not this worker's to go on with. `pause`: it must stand still, until then."""

    went: bool = False
    is_over: bool = False
    pause: Pause | None = None
    until: datetime | None = None


def hand_over(*, campaign: Campaign, recipient_id: int) -> Handed:
    """In one transaction: the decision, the delivery, the message in the feed and the recipient's outcome."""
    with transaction.atomic():
        if not _goes_on(campaign):
            return Handed(is_over=True)
        recipient = _waiting(recipient_id)
        if recipient is None:
            return Handed()
        if recipient.conversation is None and (stopped := _begin(campaign, recipient)):
            return stopped
        assert recipient.conversation is not None  # noqa: S101 - begun right above
        chat = locked(recipient.conversation.pk)
        conversation = with_last_words().select_related("identity", "channel__connection").get(pk=chat.pk)
        if trouble := _trouble(conversation.channel):
            return trouble
        facts = facts_of(campaign, [recipient.contact])
        verdict = judge_in(campaign, recipient.contact, conversation, facts)
        if verdict.reason:
            return _leave_out(recipient, verdict.reason)
        return _send(campaign, recipient, verdict)


def key_of(recipient: Recipient) -> uuid.UUID:
    """Follows from campaign and client: the vendor, too, can tell a second try from a second message. What
    was tried as another client, before a merge, keeps its key.
    """
    tried = recipient.messages.filter(delivery__isnull=False).order_by("pk") if recipient.handed_at else None
    if tried is not None and (first := tried.values_list("delivery__key", flat=True).first()):
        return first
    return uuid.uuid5(NAMESPACE, f"{recipient.campaign_id}:{recipient.contact_id}")


def queue_piece(
    *,
    campaign: Campaign,
    recipient: Recipient | None,
    conversation: Conversation,
    text: str,
    file: OutgoingFile | None,
    template: FilledTemplate | None,
    key: uuid.UUID,
    wrote_at: datetime | None,
) -> Message:
    """Shown in the feed as the campaign's: no answer, so nobody is taken as answered by it."""
    delivery = queue_delivery(
        channel=conversation.channel,
        external_chat_id=conversation.external_chat_id,
        external_user_id=conversation.identity.external_user_id,
        text=text,
        file=file,
        template=template,
        key=key,
        by_human=False,
        client_wrote_at=wrote_at,
        in_bulk=True,
    )
    message = Message.objects.create(
        tenant_id=conversation.tenant_id,
        conversation=conversation,
        delivery=delivery,
        author=Author.CAMPAIGN,
        campaign=campaign,
        recipient=recipient,
        text=text,
        sent_at=timezone.now(),
    )
    if file is not None:
        show_file(message, file)
    touch(conversation.pk)
    return message


def _goes_on(campaign: Campaign) -> bool:
    """Held until the end of the transaction: whoever pauses waits for it, and nothing goes out afterwards."""
    rows = Campaign.objects.select_for_update(no_key=True).filter(pk=campaign.pk, attempts=campaign.attempts)
    return rows.values_list("status", flat=True).first() == CampaignStatus.SENDING


def _waiting(recipient_id: int) -> Recipient | None:
    rows = Recipient.objects.select_for_update(of=("self",)).select_related("contact", "conversation")
    return rows.filter(pk=recipient_id, outcome=SendOutcome.WAITING).first()


def _begin(campaign: Campaign, recipient: Recipient) -> Handed | None:
    """Where nobody has written yet, a conversation is made for them; else what stands in its way."""
    facts = facts_of(campaign, [recipient.contact])
    if facts.standing is None or not facts.is_beginning:
        return _leave_out(recipient, Skip.NO_CONVERSATION)
    if trouble := _trouble(facts.standing.channel):
        return trouble
    verdict = judge_first(campaign, recipient.contact, facts)
    if verdict.reason or verdict.sender is None:
        return _leave_out(recipient, verdict.reason)
    # Not the newest of the desk's list: nobody has said anything an operator would have to see.
    begun = conversation_with(
        contact=recipient.contact,
        channel=facts.standing.channel,
        sender=verdict.sender,
        at=recipient.contact.created_at,
    )
    if begun is None:
        return _leave_out(recipient, Skip.OTHER_CLIENT)
    recipient.conversation = begun
    recipient.save(update_fields=["conversation"])
    return None


def _trouble(channel: Channel) -> Handed | None:
    """Of the channel itself: nobody is left out for it, the campaign waits."""
    connection = channel.connection
    if off(channel):
        return Handed(pause=Pause.UNREACHED)
    if connection.is_paused:
        return Handed(pause=Pause.RATE_LIMITED, until=connection.paused_until)
    return None


def _leave_out(recipient: Recipient, reason: str) -> Handed:
    """Whose message failed before and can't go now has failed, and whom only the template keeps from it: they
    may have it sent again. Anybody else is skipped.
    """
    has_failed = reason == Skip.TEMPLATE_GONE or recipient.messages.exists()
    recipient.outcome = SendOutcome.FAILED if has_failed else SendOutcome.SKIPPED
    recipient.reason, recipient.detail = reason, ""
    recipient.save(update_fields=["outcome", "reason", "detail"])
    return Handed()


def _send(campaign: Campaign, recipient: Recipient, verdict: Verdict) -> Handed:
    key, conversation = key_of(recipient), verdict.conversation
    assert conversation is not None  # noqa: S101 - judged in it
    keys = [part_key(key, number) for number in range(len(verdict.pieces))]
    known = {delivery.key: delivery for delivery in Delivery.objects.filter(key__in=keys)}
    if key in known and known[key].template:
        keys = keys[:1]  # it went as a template, which is all of the message
    try:
        with transaction.atomic():
            for one, (text, file) in zip(keys, verdict.pieces, strict=False):
                if one not in known:
                    queue_piece(
                        campaign=campaign,
                        recipient=recipient,
                        conversation=conversation,
                        text=text,
                        file=file,
                        template=verdict.template,
                        key=one,
                        wrote_at=verdict.wrote_at,
                    )
                elif known[one].state in TROUBLED:
                    resend(delivery=known[one], by=campaign.name)
    except Rejected:
        return _leave_out(recipient, Skip.NOT_CARRIED)
    recipient.outcome, recipient.reason, recipient.detail = SendOutcome.QUEUED, "", ""
    recipient.parts, recipient.handed_at = len(keys), timezone.now()
    as_template = known[key].template if key in known else verdict.template
    recipient.went_as = WentAs.TEMPLATE if as_template else WentAs.TEXT
    recipient.save(update_fields=["outcome", "reason", "detail", "parts", "handed_at", "went_as"])
    return Handed(went=True)
