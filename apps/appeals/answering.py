"""An operator answers: one message, one delivery, whatever happens to the browser in between."""

import uuid

from django.db import transaction
from django.utils import timezone

from apps.appeals.models import Appeal, AppealStatus, Author, Conversation, Draft, DraftFate, Message
from apps.appeals.models.appeal import OPEN_STATUSES
from apps.appeals.people import answered
from apps.channels.delivery import queue_delivery
from apps.channels.models import Delivery
from apps.tenants.models import Member


def answer(
    *,
    conversation: Conversation,
    member: Member | None,
    text: str,
    key: uuid.UUID,
    draft: Draft | None = None,
) -> Message:
    """`key` comes from the compose form: the same form sent twice is one message.

    Raises `core.errors.Rejected` with the reason when this channel can't carry it now.
    """
    with transaction.atomic():
        locked = Conversation.objects.select_for_update().get(pk=conversation.pk)
        known = Delivery.objects.filter(key=key, channel=locked.channel_id).select_related("message").first()
        if known is not None:
            return known.message
        delivery = queue_delivery(
            channel=locked.channel,
            external_chat_id=locked.external_chat_id,
            external_user_id=locked.identity.external_user_id,
            text=text,
            key=key,
        )
        appeal = _take_up(locked, member)
        message = Message.objects.create(
            tenant_id=locked.tenant_id,
            conversation=locked,
            appeal=appeal,
            delivery=delivery,
            author=Author.OPERATOR,
            operator=member,
            text=text,
            sent_at=timezone.now(),
        )
        _decide_drafts(locked, draft, text, member)
        answered(locked)
        return message


def _take_up(conversation: Conversation, member: Member | None) -> Appeal | None:
    """Who answers first has it."""
    appeal = conversation.appeals.filter(status__in=OPEN_STATUSES).first()
    if appeal is None:
        return None
    appeal.operator = appeal.operator or member
    appeal.first_answer_at = appeal.first_answer_at or timezone.now()
    if appeal.status == AppealStatus.NEW:
        appeal.status = AppealStatus.IN_PROGRESS
    appeal.save(update_fields=["operator", "first_answer_at", "status", "updated_at"])
    return appeal


def _decide_drafts(conversation: Conversation, used: Draft | None, text: str, member: Member | None) -> None:
    waiting = Draft.objects.filter(appeal__conversation=conversation, fate=DraftFate.WAITING)
    if used is not None:
        fate = DraftFate.ACCEPTED if used.text.strip() == text.strip() else DraftFate.EDITED
        waiting.filter(pk=used.pk).update(fate=fate, decided_by=member)
    waiting.update(fate=DraftFate.OUTDATED)
