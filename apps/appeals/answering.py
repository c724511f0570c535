"""An operator answers: one message, one delivery, whatever happens to the browser in between."""

import uuid
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.appeals.models import Appeal, AppealStatus, Author, Conversation, Draft, DraftFate, Message
from apps.appeals.models.appeal import OPEN_STATUSES
from apps.appeals.people import answered, locked
from apps.channels.delivery import queue_delivery
from apps.core.errors import Rejected
from apps.tenants.models import Member

SENT_BEFORE = "sent_before"


def answer(
    *,
    conversation: Conversation,
    member: Member | None,
    text: str,
    key: uuid.UUID,
    draft: Draft | None = None,
    seen: int | None = None,
) -> Message:
    """`key` comes from the compose form: the same form sent twice is one message. `seen` is the newest
    message the operator had before their eyes.

    Raises `core.errors.Rejected` with the reason when this channel can't carry it now.
    """
    with transaction.atomic():
        chat = locked(conversation.pk)
        known = chat.messages.filter(delivery__key=key).first()
        if known is not None:
            return _same(known, text)
        _refuse_decided(draft, text)
        delivery = queue_delivery(
            channel=chat.channel,
            external_chat_id=chat.external_chat_id,
            external_user_id=chat.identity.external_user_id,
            text=text,
            key=key,
        )
        message = Message.objects.create(
            tenant_id=chat.tenant_id,
            conversation=chat,
            appeal=take_up(chat, member),
            delivery=delivery,
            author=Author.OPERATOR,
            operator=member,
            text=text,
            sent_at=timezone.now(),
        )
        _decide_drafts(chat, draft, text, member)
        answered(chat, seen=seen)
        return message


def _same(known: Message, text: str) -> Message:
    """Words changed after a first try whose answer was lost must not vanish as a repetition of it."""
    if known.text != text:
        first = _("The first version of your answer was sent after all. Press again to send this too.")
        raise Rejected(first, code=SENT_BEFORE)
    return known


def _refuse_decided(draft: Draft | None, text: str) -> None:
    """As it stands a draft answers what was there when it was written, and once."""
    if draft is None or draft.text.strip() != text.strip():
        return
    fate = Draft.objects.values_list("fate", flat=True).get(pk=draft.pk)
    if fate == DraftFate.OUTDATED:
        raise Rejected(_("Somebody wrote meanwhile: the draft no longer fits. Look above."), code="outdated")
    if fate in (DraftFate.ACCEPTED, DraftFate.EDITED):
        raise Rejected(_("A colleague has just sent this draft."), code="draft_sent")


def take_up(conversation: Conversation, member: Member | None) -> Appeal | None:
    """Who answers first has it. Call with the conversation locked."""
    appeal = conversation.appeals.filter(status__in=OPEN_STATUSES).first()
    if appeal is not None:
        note_answer(appeal=appeal, member=member, at=timezone.now())
    return appeal


def note_answer(*, appeal: Appeal, member: Member | None, at: datetime) -> None:
    appeal.operator = appeal.operator or member
    appeal.first_answer_at = appeal.first_answer_at or at
    if appeal.status == AppealStatus.NEW:
        appeal.status = AppealStatus.IN_PROGRESS
    appeal.save(update_fields=["operator", "first_answer_at", "status", "updated_at"])


def _decide_drafts(conversation: Conversation, used: Draft | None, text: str, member: Member | None) -> None:
    waiting = Draft.objects.filter(appeal__conversation=conversation, fate=DraftFate.WAITING)
    if used is not None:
        fate = DraftFate.ACCEPTED if used.text.strip() == text.strip() else DraftFate.EDITED
        waiting.filter(pk=used.pk).update(fate=fate, decided_by=member)
    waiting.update(fate=DraftFate.OUTDATED)
